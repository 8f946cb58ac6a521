"""Places an ad can run: a platform and one of its channels; and where to begin when nothing is known yet."""

from agents.assignment import Assignment, Channel, Platform

Place = tuple[Platform, Channel]

PLACES: tuple[Place, ...] = (
    ("Google Ads", "search"),
    ("Google Ads", "video"),
    ("Meta Ads", "social"),
    ("Meta Ads", "video"),
    ("TikTok", "video"),
    ("TikTok", "social"),
    ("LinkedIn", "social"),
    ("LinkedIn", "video"),
    ("Mailchimp", "email"),
    ("Twilio", "sms"),
)
"""Every place there is; a platform's main channel first."""
_STARTERS: tuple[Place, ...] = (("Meta Ads", "social"), ("Google Ads", "search"))


def starting_places(assignment: Assignment) -> list[Place]:
    """Where to begin without history: for each platform or channel asked for, one place; else the usual two."""
    if not assignment.channels and not assignment.platforms:
        return list(_STARTERS)
    found: list[Place] = []
    for platform in assignment.platforms:
        offered = [place for place in PLACES if place[0] == platform]
        found.append(next((place for place in offered if place[1] in assignment.channels), offered[0]))
    for channel in assignment.channels:
        if channel not in {place[1] for place in found}:
            found.append(next(place for place in PLACES if place[1] == channel))
    return found


def platforms_for(assignment: Assignment) -> list[Platform]:
    """The platforms that the wanted channels run on; empty when the brief leaves it open."""
    if not assignment.channels and not assignment.platforms:
        return []
    return list(dict.fromkeys(place[0] for place in PLACES if assignment.wants(*place)))
