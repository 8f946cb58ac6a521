"""Whether a text is English or Spanish."""

import re

from agents.assignment import Language
from orchestrator.understanding.text import fold

_SPANISH = frozenset(
    re.findall(
        r"\w+",
        """
    el la los las un una de del al en con para por que cual cuales cuanto cuantos cuantas como y o mi sus su
    es son fue quiero necesito hola gracias ayuda lanzar lanza lanzamiento campana presupuesto meta objetivo
    ventas publico enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    estrategia producto cliente mes dolares pausa pausar cambia cambiar sube baja agrega quita pendiente
    pendientes aprobar desde hasta mil si paises semana hay esta este mas menos jovenes
    todo todos toda todas aprueba rechaza muestra dime cuando donde solo tambien vende vender vendamos promociona
    promocionar anuncia anunciar algo nuestro nuestra haz hacer crea crear planea planifica
    """,
    )
)
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """
    the a an of in on with for to from and or my our is are was were what which how many much who when hello
    hi thanks help launch launches campaign budget goal target sales audience january february march april may
    june july august september october november december strategy product client customer month dollars pause
    change increase decrease raise lower add remove pending approve until through want need please show me it
    this that last yes i we sell promote advertise create make plan something some
    """,
    )
)


def detect_language(text: str, default: Language) -> Language:
    """The language with more of its own words in the text; `default` when neither has more."""
    words = re.findall(r"[a-z]+", fold(text))
    spanish = sum(word in _SPANISH for word in words) + len(re.findall(r"[ñ¿¡áéíóú]", text.lower()))
    english = sum(word in _ENGLISH for word in words)
    if spanish == english:
        return default
    return "es" if spanish > english else "en"
