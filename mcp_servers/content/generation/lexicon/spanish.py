"""Spanish, in the forms of `generation.address`."""

from mcp_servers.content.generation.lexicon import Lexicon, Voice

SPANISH = Lexicon(
    voices={
        "everyone": Voice(
            hooks=("Hay cosas que merecen una mirada con calma.", "Una buena elección empieza por mirar de cerca."),
            problems=("¿Todavía {look_for} lo que va con {your_m} día a día?", "¿Muchas opciones y poco tiempo?"),
            benefits=("{Discover} cómo encaja en {your_m} día.", "{Look} con calma y {decide}."),
            short=("Merece una mirada", "{Look} más de cerca"),
        ),
        "professionals": Voice(
            hooks=("Una agenda llena no deja lugar a rodeos.", "El buen trabajo empieza por elegir bien."),
            problems=("¿Otra semana con más tareas que horas?", "¿Muchas pestañas y poca concentración?"),
            benefits=("{Look} dónde encaja en {your_f} jornada.", "{Discover} qué cambiaría en {your_f} semana."),
            short=("Para agendas llenas", "Para {your_f} semana de trabajo"),
        ),
        "students": Voice(
            hooks=("Entre clases y planes, elegir debería ser fácil.", "El próximo paso puede empezar con una mirada."),
            problems=("¿Clases, entregas y poco tiempo?", "¿Mucho por hacer antes de la próxima clase?"),
            benefits=("{Look} cómo encaja entre clase y clase.", "{Look} y {decide} con calma."),
            short=("Entre clase y clase", "A {your_m} propio ritmo"),
        ),
        "families": Voice(
            hooks=("Los días en familia están llenos de decisiones.", "Hay planes que se disfrutan más en compañía."),
            problems=("¿En casa cada uno quiere algo distinto?", "¿Nunca alcanzan las horas en casa?"),
            benefits=("{Look} cómo encaja en {your_f} casa.", "{Look} y {decide} en familia."),
            short=("Para los días en familia", "{Decide} en familia"),
        ),
        "business": Voice(
            hooks=("Llevar un negocio es elegir en qué va el tiempo.", "En un negocio, cada decisión cuenta."),
            problems=("¿Muchas tareas y pocas manos?", "¿Todavía a base de paciencia y hojas de cálculo?"),
            benefits=(
                "{Look} dónde encaja en {your_f} forma de trabajar.",
                "{Discover} qué aportaría a {your_m} equipo.",
            ),
            short=("Para {your_f} forma de trabajar", "Una mirada para equipos"),
        ),
        "sport": Voice(
            hooks=("Cada sesión empieza con una decisión.", "El progreso se construye día a día."),
            problems=("¿La misma rutina del mes pasado?", "¿{Look_for} un motivo para entrenar?"),
            benefits=(
                "{Look} cómo encaja en {your_m} entrenamiento.",
                "{Discover} qué aporta a {your_f} próxima sesión.",
            ),
            short=("Para {your_f} próxima sesión", "A {your_m} propio ritmo"),
        ),
        "travel": Voice(
            hooks=("El viaje empieza mucho antes de salir.", "Hay lugares que se quedan en la memoria."),
            problems=("¿{Plan} una escapada y falta la idea?", "¿Demasiadas pestañas abiertas para un viaje?"),
            benefits=("{Imagine} {your_mp} próximos días fuera.", "{Look} cómo encaja en {your_m} próximo viaje."),
            short=("Para {your_m} próximo viaje", "{Imagine} {your_m} viaje"),
        ),
        "technology": Voice(
            hooks=("La buena tecnología debería sentirse simple.", "Las ideas nuevas merecen una buena mirada."),
            problems=("¿{Your_mp} dispositivos siguen al día?", "¿Cansa comparar fichas técnicas?"),
            benefits=("{Look} qué sumaría a {your_m} equipo.", "{Look} los detalles y {decide}."),
            short=("Para {your_m} equipo", "{Look} los detalles"),
        ),
        "home": Voice(
            hooks=("En casa, los detalles cuentan.", "Un hogar cambia de idea en idea."),
            problems=("¿Ideas para la casa y ningún punto de partida?", "¿Ese rincón de la casa sigue pendiente?"),
            benefits=("{Imagine} cómo queda en {your_f} casa.", "{Look} cómo encaja en {your_m} espacio."),
            short=("Para {your_f} casa", "{Imagine} {your_m} espacio"),
        ),
        "food": Voice(
            hooks=("Los buenos momentos empiezan en la mesa.", "Siempre hay algo nuevo por probar."),
            problems=("¿Lo mismo que la semana pasada?", "¿Sin ideas para hoy?"),
            benefits=("{Discover} a qué sabe.", "Para compartir, o no."),
            short=("Para {your_f} mesa", "Hora de probar"),
        ),
        "style": Voice(
            hooks=("El estilo está en los detalles.", "Lo que se elige dice mucho."),
            problems=("¿{Look_for} algo con {your_m} estilo?", "¿Hoy nada convence?"),
            benefits=("{Look} cómo va con {your_m} estilo.", "{Discover} la forma de hacerlo propio."),
            short=("Va con {your_m} estilo", "A {your_f} manera"),
        ),
        "wellbeing": Voice(
            hooks=("Un rato propio cambia el día.", "Los días tranquilos empiezan con hábitos pequeños."),
            problems=("¿Otro día sin una pausa?", "¿Nunca queda un rato propio?"),
            benefits=("{Look} cómo encaja en {your_f} rutina.", "{Find} un momento propio."),
            short=("Un momento propio", "Para {your_f} rutina"),
        ),
    },
    tones={
        "professional": (
            "Una buena decisión empieza con información clara.",
            "Decidir es más fácil con los datos a mano.",
        ),
        "friendly": ("Nos encantaría mostrar{to_you} algo.", "Hay algo que {to_you} queremos mostrar."),
        "bold": ("{Stop} y {look} de cerca.", "Basta de buscar. Es hora de elegir."),
        "playful": ("¡Pst, hay algo por descubrir!", "¿Curiosidad? ¡Nosotros también!"),
        "inspiring": ("Todo cambio empieza con una elección.", "Lo que viene está por elegir."),
    },
    intros=(
        "{Meet} {product} de {client}.",
        "{Discover} {product}, de {client}.",
        "{client} presenta {product}.",
        "{Look} de cerca {product}.",
        "{Meet} {product}.",
        "{Look} de cerca.",
        "{Discover} más.",
    ),
    bridges=(
        "{Look} lo que propone {product}, de {client}.",
        "{product}, de {client}, puede ser el próximo paso.",
        "Ahí entra {product}.",
        "{Start} por {product}.",
        "{Start} aquí.",
    ),
    headlines=(
        "{Meet} {product}",
        "{product}, de {client}",
        "{Discover} {product}",
        "{product}, de cerca",
        "{Look} de cerca {product}",
        "{Look} con calma",
        "{Discover} más",
        "Hay algo por descubrir",
    ),
    calls={
        "search": ("Más información", "{Look} los detalles", "{Discover} más"),
        "social": ("Más información", "{Discover} más", "{Look} cómo funciona"),
        "video": ("Más información", "{Discover} más", "{Look} cómo funciona"),
        "email": ("{Look} los detalles", "{Discover} más", "Seguir leyendo"),
        "sms": ("{Reply} SI para saber más", "{Reply} INFO y {to_you} contamos", "{Reply} SI para recibir info"),
        "web": ("{Start} ahora", "Más información", "{Discover} más"),
    },
    opt_out="STOP para salir.",
    greeting="Hola:",
    sign_off="El equipo de {client}",
)
