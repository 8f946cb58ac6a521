"""Facts and evidence from the ads server's answers."""

from collections.abc import Sequence

from agents.ads.outputs import AdsFacts, ReachEstimate, ServerLine
from agents.ads.policy import server_lines
from agents.assignment import Assignment
from agents.playbook.policy import answers
from agents.report import Evidence, ToolResult

_LIVE = ("active", "paused", "draft")


def read(assignment: Assignment, results: Sequence[ToolResult]) -> tuple[AdsFacts, tuple[Evidence, ...]]:
    evidence: list[Evidence] = []
    lines: list[ServerLine] = []
    basis = ""
    for answer in answers(results, "generate_campaign")[:1]:
        basis = str(answer.fields.get("basis", ""))
        for line, raw in zip(server_lines(assignment, answer), answer.fields.get("lines", []), strict=True):
            cost = raw["past_cost_per_conversion"]
            if cost is not None:
                where = f"{line.platform} {line.channel}, {line.country}"
                unit = assignment.budget.currency
                evidence.append(
                    _evidence(assignment, evidence, answer, where, "cost_per_conversion", f"{cost:.2f}", unit)
                )
            evidence_id = evidence[-1].id if cost is not None else None
            lines.append(ServerLine(**line.model_dump(), evidence_id=evidence_id))
    expected = None
    for answer in answers(results, "estimate_reach")[:1]:
        found = answer.fields
        claim = str(found.get("basis", ""))
        evidence.append(_evidence(assignment, evidence, answer, claim, "impressions", str(found["impressions"]), ""))
        figures = {name: found[name] for name in ("impressions", "reach", "clicks", "conversions")}
        expected = ReachEstimate(**figures, evidence_id=evidence[-1].id)
    campaigns = [
        campaign["name"]
        for answer in answers(results, "list_campaigns")
        for campaign in answer.fields.get("campaigns", [])
        if campaign["status"] in _LIVE
    ]
    facts = AdsFacts(expected=expected, lines=tuple(lines), basis=basis, similar_campaigns=tuple(campaigns[:5]))
    return facts, tuple(evidence)


def _evidence(
    assignment: Assignment,
    before: Sequence[Evidence],
    answer: ToolResult,
    claim: str,
    metric: str,
    value: str,
    unit: str,
) -> Evidence:
    return Evidence(
        id=f"ads-{len(before) + 1}",
        claim=claim,
        metric=metric,
        value=value,
        unit=unit,
        query=answer.args,
        as_of=assignment.as_of,
        source=f"ads.{answer.tool}",
    )
