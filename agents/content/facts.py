"""Facts from the content server's answers."""

from collections.abc import Sequence

from agents.assignment import Assignment
from agents.content.outputs import ContentFacts
from agents.playbook.policy import answers
from agents.report import Evidence, ToolResult

_SHOWN = 10


def read(assignment: Assignment, results: Sequence[ToolResult]) -> tuple[ContentFacts, tuple[Evidence, ...]]:
    """What exists for the product; how many assets there are is evidence for reusing them."""
    evidence: list[Evidence] = []
    titles: list[str] = []
    for answer in answers(results, "list_assets")[:1]:
        titles = [str(asset["title"]) for asset in answer.fields.get("assets", [])]
        evidence.append(
            Evidence(
                id="content-1",
                claim=f"{assignment.client} · {assignment.products[0]}",
                metric="assets",
                value=str(len(titles)),
                query=answer.args,
                as_of=assignment.as_of,
                source="content.list_assets",
            )
        )
    warnings = [
        str(warning) for answer in answers(results, "generate_copy") for warning in answer.fields.get("warnings", [])
    ]
    facts = ContentFacts(existing_assets=tuple(titles[:_SHOWN]), warnings=tuple(dict.fromkeys(warnings)))
    return facts, tuple(evidence)
