"""The ads playbook: plan from the server's own past results, never from a guess."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from agents.ads.outputs import AdsOutput, AudiencePlan, Intent, PlannedLine, Stage
from agents.assignment import Assignment, GoalMetric, Language
from agents.places import platforms_for, starting_places
from agents.playbook.policy import Policy, ToolCall, answers
from agents.report import ToolResult
from agents.words import country_labels, goal_label

_GOALS: dict[GoalMetric, Literal["sales", "leads", "clicks", "reach"]] = {
    "sales": "sales",
    "revenue": "sales",
    "conversions": "sales",
    "leads": "leads",
    "clicks": "clicks",
    "reach": "reach",
    "impressions": "reach",
}
"""What the ads server counts goals in."""

_TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "objective": "{goal} for {products} of {client} in {countries}, from {start} to {end}, with {budget}.",
        "awareness": "Make {products} known to {audience}.",
        "consideration": "Bring interested people of {audience} to the product page.",
        "conversion": "Turn interest into {goal}.",
        "named": "Named in the brief or the client's usual audience.",
        "everyone": "Everyone",
        "open": "No audience is on record; the platforms' own optimisation finds it.",
        "past": "{count} conversions for {spend} {currency} in the past.",
        "even": "No past results here: an even share.",
    },
    "es": {
        "objective": "{goal} para {products} de {client} en {countries}, del {start} al {end}, con {budget}.",
        "awareness": "Dar a conocer {products} a {audience}.",
        "consideration": "Llevar a las personas interesadas de {audience} a la página del producto.",
        "conversion": "Convertir el interés en {goal}.",
        "named": "Nombrado en el brief o público habitual del cliente.",
        "everyone": "Toda persona",
        "open": "No hay un público registrado; lo encuentra la optimización de las plataformas.",
        "past": "{count} conversiones por {spend} {currency} en el pasado.",
        "even": "Sin resultados anteriores aquí: una parte pareja.",
    },
}


def goal_for_server(assignment: Assignment) -> dict[str, Any]:
    """The goal as the ads tools take it: a whole number of what the ads server counts."""
    return {"goal_metric": _GOALS[assignment.goal.metric], "goal_value": max(1, int(assignment.goal.value))}


def audience_name(assignment: Assignment) -> str:
    return ", ".join(assignment.audiences) or _TEXT[assignment.language]["everyone"]


def calls(assignment: Assignment) -> list[ToolCall]:
    countries = [country.name for country in assignment.countries]
    money = {"budget": f"{assignment.budget.amount:.2f}", "currency": assignment.budget.currency}
    platforms = platforms_for(assignment)
    chosen: dict[str, Any] = {"platforms": platforms} if platforms else {}
    plan = {
        "client": assignment.client,
        "product": assignment.products[0],
        "countries": countries,
        "audience": audience_name(assignment),
        "start": assignment.period.start.isoformat(),
        "end": assignment.period.end.isoformat(),
        **money,
        **goal_for_server(assignment),
        **chosen,
    }
    return [
        ToolCall(
            tool="list_campaigns",
            args={"client": assignment.client, "product": assignment.products[0], "limit": 50},
        ),
        ToolCall(
            tool="estimate_reach",
            args={"client": assignment.client, "countries": countries, **money, **chosen},
        ),
        ToolCall(tool="generate_campaign", args=plan),
    ]


def conclude(assignment: Assignment, results: Sequence[ToolResult]) -> AdsOutput:
    text = _TEXT[assignment.language]
    audience, products = audience_name(assignment), ", ".join(assignment.products)
    goal = goal_label(assignment.goal, assignment.budget.currency, assignment.language)
    stages: tuple[Stage, ...] = ("awareness", "consideration", "conversion")
    planned = [line for answer in answers(results, "generate_campaign") for line in server_lines(assignment, answer)]
    return AdsOutput(
        objective=text["objective"].format(
            goal=goal,
            products=products,
            client=assignment.client,
            countries=country_labels(assignment.countries, assignment.language),
            start=assignment.period.start,
            end=assignment.period.end,
            budget=assignment.budget,
        ),
        intents=tuple(
            Intent(stage=stage, statement=text[stage].format(products=products, audience=audience, goal=goal))
            for stage in stages
        ),
        audiences=tuple(AudiencePlan(name=name, rationale=text["named"]) for name in assignment.audiences)
        or (AudiencePlan(name=audience, rationale=text["open"]),),
        lines=tuple(planned) or _without_history(assignment),
    )


def server_lines(assignment: Assignment, answer: ToolResult) -> list[PlannedLine]:
    """The lines of a generate_campaign answer, the reason told in the assignment's language."""
    text = _TEXT[assignment.language]
    lines: list[PlannedLine] = []
    for line in answer.fields.get("lines", []):
        item, count, spend = line["line_item"], line["past_conversions"], line["past_spend"]
        reason = text["even"]
        if spend is not None:
            reason = text["past"].format(
                count=count, spend=f"{Decimal(spend):.2f}", currency=assignment.budget.currency
            )
        lines.append(
            PlannedLine(
                platform=item["platform"],
                channel=item["channel"],
                country=item["country"],
                weight=Decimal(item["budget"]),
                rationale=reason,
            )
        )
    return lines


def _without_history(assignment: Assignment) -> tuple[PlannedLine, ...]:
    """An even start, said as such."""
    return tuple(
        PlannedLine(
            platform=platform,
            channel=channel,
            country=country.name,
            weight=Decimal(1),
            rationale=_TEXT[assignment.language]["even"],
        )
        for country in assignment.countries
        for platform, channel in starting_places(assignment)
    )


POLICY: Policy[AdsOutput] = Policy(calls=calls, conclude=conclude)
