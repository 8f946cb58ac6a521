"""English."""

from mcp_servers.content.generation.lexicon import Lexicon, Voice

ENGLISH = Lexicon(
    voices={
        "everyone": Voice(
            hooks=("Some things are worth a closer look.", "A good choice starts with a closer look."),
            problems=("Still looking for the one that suits you?", "Too many options, too little time?"),
            benefits=("See how it fits into your day.", "Look around and decide for yourself."),
            short=("Worth a closer look", "See if it suits you"),
        ),
        "professionals": Voice(
            hooks=("A full calendar leaves no room for detours.", "Good work starts with good choices."),
            problems=("Another week with more tasks than hours?", "Too many tabs, too little focus?"),
            benefits=("See where it could fit into your working day.", "Find out what it could change in your week."),
            short=("For full calendars", "For your working week"),
        ),
        "students": Voice(
            hooks=("Between classes and plans, choosing should be easy.", "The next step can start with a look."),
            problems=("Classes, deadlines and a tight schedule?", "Too much to do before the next class?"),
            benefits=("See how it fits between one class and the next.", "Take a look and decide at your own pace."),
            short=("Between classes", "At your own pace"),
        ),
        "families": Voice(
            hooks=("Days together are full of small decisions.", "Some plans are made to be shared."),
            problems=("Everyone at home wants something different?", "Never enough hours for everyone?"),
            benefits=("See how it could fit into life at home.", "Look at it together and decide together."),
            short=("For days together", "Decide it together"),
        ),
        "business": Voice(
            hooks=(
                "Running a business is choosing where time goes.",
                "In a business, every decision has to earn its place.",
            ),
            problems=("Too many tasks and not enough hands?", "Still solving it with patience and spreadsheets?"),
            benefits=("See where it could fit into the way you work.", "Find out what it could mean for your team."),
            short=("For the way you work", "A closer look for teams"),
        ),
        "sport": Voice(
            hooks=("Every session starts with a decision.", "Progress is made one day at a time."),
            problems=("Same routine as last month?", "Looking for a reason to get moving?"),
            benefits=("See how it fits into your training.", "Find out what it brings to your next session."),
            short=("For your next session", "Your routine, your rules"),
        ),
        "travel": Voice(
            hooks=("The trip begins long before you leave.", "Some places stay with you."),
            problems=("Planning a getaway and not sure where to start?", "Too many tabs open for one trip?"),
            benefits=("Picture your next days away.", "See how it fits into your next trip."),
            short=("For your next trip", "Picture your days away"),
        ),
        "technology": Voice(
            hooks=("Good technology should feel simple.", "New ideas deserve a proper look."),
            problems=("Does your setup still keep up?", "Tired of comparing spec sheets?"),
            benefits=("See what it could add to your setup.", "Read the details and judge for yourself."),
            short=("For your setup", "See the details"),
        ),
        "home": Voice(
            hooks=("Home is where the details count.", "A home changes one idea at a time."),
            problems=("Ideas for your home and no place to start?", "Is that corner of the house still unfinished?"),
            benefits=("Picture it in your own home.", "See how it fits into your space."),
            short=("For your home", "Picture it at home"),
        ),
        "food": Voice(
            hooks=("Good moments often start at the table.", "There is always something new to taste."),
            problems=("Same order as last week?", "Not sure what to have today?"),
            benefits=("Find out how it tastes to you.", "Share it, or keep it to yourself."),
            short=("For your table", "Time for a taste"),
        ),
        "style": Voice(
            hooks=("Style is in the details you choose.", "What you choose says something about you."),
            problems=("Looking for something that feels like you?", "Does nothing feel quite right today?"),
            benefits=("See how it goes with your style.", "Find the way to make it yours."),
            short=("Make it yours", "Your style, your way"),
        ),
        "wellbeing": Voice(
            hooks=("A little time for yourself goes a long way.", "Calm days start with small habits."),
            problems=("No time left for yourself?", "Another day without a pause?"),
            benefits=("See how it fits into your routine.", "Make room for a moment of your own."),
            short=("A moment of your own", "For your routine"),
        ),
    },
    tones={
        "professional": (
            "A considered choice starts with clear information.",
            "A decision is easier with the facts at hand.",
        ),
        "friendly": ("We would love to show you something.", "Here is something we think you should see."),
        "bold": ("Stop scrolling. Look closer.", "Enough browsing. Time to choose."),
        "playful": ("Psst, you may want to see this!", "Curious? So were we!"),
        "inspiring": ("Every change begins with one choice.", "What comes next is yours to choose."),
    },
    intros=(
        "Meet {product} by {client}.",
        "Discover {product} from {client}.",
        "{client} presents {product}.",
        "Take a look at {product}.",
        "Meet {product}.",
        "Take a look today.",
        "Come and see it.",
    ),
    bridges=(
        "Have a look at {product} by {client}.",
        "{product} by {client} could be your next step.",
        "This is where {product} comes in.",
        "Start with {product}.",
        "Start here.",
    ),
    headlines=(
        "Meet {product}",
        "{product} by {client}",
        "A closer look at {product}",
        "Discover {product}",
        "{product}, up close",
        "Take a closer look",
        "Find out more",
        "Have you seen it yet?",
    ),
    calls={
        "search": ("Learn more", "See the details", "Visit the site"),
        "social": ("Learn more", "See how it works", "Take a look"),
        "video": ("Learn more", "See it in action", "Take a look"),
        "email": ("Read more", "See the details", "Take a look"),
        "sms": ("Reply YES for details", "Reply INFO to know more", "Reply YES to hear more"),
        "web": ("Get started", "Learn more", "See the details"),
    },
    opt_out="STOP to opt out.",
    greeting="Hello,",
    sign_off="The {client} team",
)
