"""Facts and evidence from the CRM server's answers: counts only, nobody's data."""

from collections import Counter
from collections.abc import Sequence

from agents.assignment import Assignment
from agents.crm.outputs import CrmFacts
from agents.playbook.policy import answers
from agents.report import Evidence, ToolResult

_CLOSED = frozenset({"won", "lost"})


def read(assignment: Assignment, results: Sequence[ToolResult]) -> tuple[CrmFacts, tuple[Evidence, ...]]:
    found = answers(results, "list_leads")[:1]
    if not found:
        return CrmFacts(), ()
    (answer,) = found
    countries = {country.name for country in assignment.countries}
    here = [lead for lead in answer.fields.get("leads", []) if lead["country"] in countries]
    by_status = Counter(str(lead["status"]) for lead in here)
    open_leads = sum(count for status, count in by_status.items() if status not in _CLOSED)
    facts = CrmFacts(
        open_leads=open_leads, by_status=dict(by_status), truncated=answer.fields.get("next_cursor") is not None
    )
    evidence = Evidence(
        id="crm-1",
        claim=f"{assignment.client} · {', '.join(sorted(countries))}",
        metric="open_leads",
        value=str(open_leads),
        query=answer.args,
        as_of=assignment.as_of,
        source="crm.list_leads",
    )
    return facts, (evidence,)
