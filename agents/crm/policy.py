"""The CRM playbook: count who is interested already, and plan how sales follows up."""

from collections.abc import Sequence

from agents.assignment import Assignment, Language
from agents.crm.facts import read
from agents.crm.outputs import CrmOutput
from agents.playbook.policy import Policy, ToolCall
from agents.report import ToolResult
from agents.words import country_labels

_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "some": "{client} has {count} open leads in {countries}.",
        "many": "{client} has at least {count} open leads in {countries}.",
        "none": "{client} has no open leads in {countries}.",
        "answer": "Answer new leads of the campaign within a day.",
        "open": "Contact the {count} open leads before the launch, those who agreed to be written to.",
        "win": "Take qualified leads to a proposal each week.",
    },
    "es": {
        "some": "{client} tiene {count} leads abiertos en {countries}.",
        "many": "{client} tiene al menos {count} leads abiertos en {countries}.",
        "none": "{client} no tiene leads abiertos en {countries}.",
        "answer": "Responder los leads nuevos de la campaña en menos de un día.",
        "open": "Contactar los {count} leads abiertos antes del lanzamiento, a quienes dieron su consentimiento.",
        "win": "Llevar cada semana los leads calificados a una propuesta.",
    },
}
_SELLS = frozenset({"sales", "revenue", "leads", "conversions"})


def calls(assignment: Assignment) -> list[ToolCall]:
    return [ToolCall(tool="list_leads", args={"client": assignment.client, "limit": 100})]


def conclude(assignment: Assignment, results: Sequence[ToolResult]) -> CrmOutput:
    facts, _ = read(assignment, results)
    text = _TEXT[assignment.language]
    kind = "none" if not facts.open_leads else "many" if facts.truncated else "some"
    countries = country_labels(assignment.countries, assignment.language)
    summary = text[kind].format(client=assignment.client, count=facts.open_leads, countries=countries)
    if assignment.goal.metric not in _SELLS:
        return CrmOutput(summary=summary)
    tasks = [text["answer"], text["win"]]
    if facts.open_leads:
        tasks.insert(0, text["open"].format(count=facts.open_leads))
    return CrmOutput(summary=summary, follow_up=tuple(tasks))


POLICY: Policy[CrmOutput] = Policy(calls=calls, conclude=conclude)
