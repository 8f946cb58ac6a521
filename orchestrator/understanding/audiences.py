"""Who a campaign is for, as said."""

import re

from orchestrator.understanding.text import Found, fold

_STOP = r"(?= (?:con|with|en|in|durante|during|from|desde|between|through|por|via|using|usando)\b|[·,.;:\n()]|$)"
_PHRASE = rf"(?P<who>[^·,.;:\n()]{{3,80}}?){_STOP}"
_LABELLED = re.compile(
    r"\b(?:publicos?(?: objetivo| meta)?|audiencias?(?: objetivo)?|segmentos?|target audience|audiences?|target market)"
    rf"(?:[:=]| (?:de|of|es|is|are|son|a|to|sea|should be|like|como)\b)* ?{_PHRASE}"
)
_AIMED = re.compile(
    r"\b(?:dirigid[oa]s? a(?:l| los| las| la)?|orientad[oa]s? a(?: los| las)?|aimed at|targeting"
    rf"|targeted at|directed at) {_PHRASE}"
)
_FOR = re.compile(rf"\b(?:para|for|a|to|entre|among) (?:(?:los|las|el|la|the) )?{_PHRASE}")
_PEOPLE = re.compile(
    r"\b(?:jovenes|adult\w*|professionals?|profesional(?:es)?|famili\w+|students?|estudiantes|women|mujeres|men|hombres"
    r"|parents?|padres|madres|mothers|moms|millennials?|gen z|generacion z|centennials|teen\w*|adolescentes|kids|ninos"
    r"|seniors?|jubilados|retirees|travell?ers|viajeros|turistas|tourists|lovers|amantes|fans|owners|duenos|users"
    r"|usuarios|buyers|compradores|consumers|consumidores|young|people|personas|entrepreneurs|emprendedor\w+|executives"
    r"|ejecutiv\w+|managers|gerentes|developers|desarrolladores|gamers|athletes|deportistas|runners|corredores|workers"
    r"|trabajadores|couples|parejas|homeowners|chefs|baristas|pymes|smbs|businesses|empresas|restaurantes|restaurants)\b"
)
_TRAILING = re.compile(
    r"(?: (?:y|and|a|an|the|una?|meta|goal|presupuesto|budget|objetivo|target|of|del?|para|for|al?"
    r"|to|is|es|with|con))+$"
)


def find_audience(text: str) -> Found[str] | None:
    """The audience a text names; `text` has dates, money, places and products taken out (`blank`)."""
    folded = fold(text)
    for pattern in (_LABELLED, _AIMED, _FOR):
        for match in pattern.finditer(folded):
            start, end = match.span("who")
            end -= len(folded[start:end]) - len(_TRAILING.sub("", folded[start:end].rstrip()).rstrip())
            said = folded[start:end]
            if len(said) > 2 and (pattern is not _FOR or _PEOPLE.search(said)):
                return Found(text[start:end].strip(), (start, end))
    return None
