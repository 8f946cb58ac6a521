"""Which kind of turn a message is, by the words it uses."""

import re
from typing import Literal

from orchestrator.domain.brief import ListEdit
from orchestrator.domain.turn import ActionKind, Route, Situation
from orchestrator.understanding.text import fold

_PENDING = re.compile(
    r"\b(?:pendientes?|pending|por aprobar|awaiting|waiting for (?:an? )?(?:approval|decision)|esperando aprobacion"
    r"|aprobaciones|approvals?|approval queue|cola de aprobacion|to approve|apruebas?|aprobar|approve|rechaza\w*"
    r"|reject)\b"
)
_CAMPAIGN = r"(?:campanas?|campaigns?|cmp_\w+|anuncios?|ads?)"
_PAUSE = re.compile(
    rf"^\W*(?:(?:please|por favor|can you|could you|puedes|podrias|quiero|i want to|necesito|i need to)\W+)*"
    rf"(?:pausa\w*|pause|deten\w*|stop|suspend\w*|frena\w*|para(?=r? (?:la|el) {_CAMPAIGN})r?)\b"
)
_BUDGET_OF = re.compile(
    r"\b(?:cambi\w+|sub\w+|baj\w+|aument\w+|reduc\w+|ajust\w+|increment\w+|disminu\w+|pon\w*|change|increase|raise|decrease"
    rf"|lower|cut|set|update|adjust)\b.*\b(?:presupuesto|budget)\b.*\b{_CAMPAIGN}\b"
    r"|\b(?:change|increase|raise|decrease|lower|cut|set|update|adjust)\b.*\bcampaign\b.*\bbudget\b"
)
_LAUNCH = re.compile(
    r"^\W*(?:(?:please|por favor)\W+)?(?:lanza|lanzar|launch|activa|activar|activate|start|inicia|publica|publish)\b"
    r" (?:(?:la|the|el|mi|my|draft|borrador) ){0,2}(?:de )?(?:la )?(?:campana|campaign|borrador|draft|cmp_\w+)"
)
_ASKS = re.compile(
    r"^[\W]*(?:(?:y|and|ok|hola|hi|hello|buenas|por favor|please)[\s,]+)*(?:cuant\w+|cual(?:es)?|que|como|donde"
    r"|quien\w*|por que|muestra\w*|ensena\w*|compara\w*|dime|dame|resum\w+|how|what|whats|what's|which|where|why|who"
    r"|show|compare|tell me|give me|list|summari[sz]e|did|does|is|are|was|were|has|have)\b"
)
_WANTS = re.compile(
    r"\b(?:estrategia|strategy|campana|campaign|plan de marketing|marketing plan|lanzar|lanzamiento|lanza|launch"
    r"|promociona\w*|promote|promocion|vend(?:e|er|amos)|sell|anuncia\w*|advertise)\b"
)
_ANOTHER = re.compile(r"\b(?:nueva|otra|new|another|different|distinta) (?:estrategia|campana|strategy|campaign)\b")
_EDITS = re.compile(
    r"\b(?:cambi\w+|modific\w+|ajust\w+|actualiz\w+|sub[ea]\w*|baj[ae]\w*|aument\w+|reduc\w+|agreg\w+|anad\w+|sum[ae]\w*"
    r"|inclu\w+|quit\w+|elimin\w+|remov\w+|mueve|extiend\w+|acort\w+|change|modify|adjust|update|increase|raise|decrease"
    r"|lower|add|also|remove|drop|without|sin|extend|shorten|move|make it|instead|en vez|mejor|now|ahora|set)\b"
)
_GREETING = re.compile(
    r"^\W*(?:hola|buen[oa]s(?: dias| tardes| noches)?|hello|hi|hey|good (?:morning|afternoon)|gracias|thanks|thank you"
    r"|help|ayuda|ok|vale|perfecto|great|adios|bye)\b"
)
_ABOUT_HERE = re.compile(
    r"\b(?:que (?:puedes|sabes) hacer|what can you do|como funciona|how does (?:this|it) work|quien eres|who are you)\b"
)
_INCREASE = re.compile(r"\b(?:sub\w+|aument\w+|increment\w+|increase|raise|more|mas|anad\w+|agreg\w+|add)\b")
_DECREASE = re.compile(r"\b(?:baj\w+|reduc\w+|disminu\w+|recort\w+|decrease|lower|cut|reduce|less|menos)\b")
_ADDS = re.compile(r"\b(?:agreg\w+|anad\w+|sum[ae]\w*|inclu\w+|tambien|add|also|as well|plus)\b")
_TAKES_OUT = re.compile(r"\b(?:quit\w+|elimin\w+|sac[ao]\w*|remov\w+|drop|without|sin|exclu\w+|no uses|don't use)\b")


def action_of(text: str, *, has_plan_facts: bool) -> ActionKind | None:
    """The action on an existing campaign that a message orders. A goal or dates beside it make it a brief instead."""
    folded = fold(text)
    if _PAUSE.search(folded):
        return "pause"
    if has_plan_facts:
        return None
    if _BUDGET_OF.search(folded):
        return "change_budget"
    return "launch" if _LAUNCH.search(folded) else None


def starts_over(text: str) -> bool:
    """Whether a message asks for another strategy rather than for more of the one at hand."""
    return _ANOTHER.search(fold(text)) is not None


def route_of(text: str, situation: Situation, *, facts: int, action: ActionKind | None) -> Route:
    """The route of a message in which `facts` parts of a brief were found."""
    folded = fold(text)
    if action:
        return "action"
    if _ABOUT_HERE.search(folded):
        return "help"
    if _PENDING.search(folded) and facts < 2:
        return "pending"
    if _ASKS.search(folded):
        return "question"
    return _planning_route(folded, situation, facts) or _other_route(folded, situation)


def _planning_route(folded: str, situation: Situation, facts: int) -> Route | None:
    """A change of the strategy at hand, or the wish for one; None where the message is neither."""
    starts_over = _ANOTHER.search(folded) is not None
    greets = _GREETING.search(folded) is not None
    if situation.has_strategy and not situation.awaiting and not starts_over:
        wants_new = _WANTS.search(folded) and facts >= 2 and not _EDITS.search(folded)
        if not wants_new and (facts or _EDITS.search(folded)):
            return "change"
    if situation.awaiting and situation.changing and not starts_over and not greets:
        return "change"
    answers_or_tells = facts and (situation.awaiting or facts >= 2 or not folded.rstrip().endswith("?"))
    return "strategy" if answers_or_tells or _WANTS.search(folded) else None


def _other_route(folded: str, situation: Situation) -> Route:
    if _GREETING.search(folded):
        return "help"
    if folded.rstrip().endswith("?"):
        return "question"
    return "strategy" if situation.awaiting else "help"


def direction_of(text: str) -> Literal["increase", "decrease"] | None:
    """Which way a budget said against the present one moves."""
    folded = fold(text)
    if _INCREASE.search(folded):
        return "increase"
    return "decrease" if _DECREASE.search(folded) else None


def list_edit_of(text: str) -> ListEdit:
    """Whether countries, channels or audiences are added to the present ones, taken out of them, or replace them."""
    folded = fold(text)
    if _TAKES_OUT.search(folded):
        return "remove"
    return "add" if _ADDS.search(folded) else "set"
