from datetime import date
from decimal import Decimal

import pytest

from agents.assignment import Budget, Goal
from orchestrator.domain import proposals
from orchestrator.domain.brief import Brief, BudgetChange
from orchestrator.domain.catalogue import Catalogue
from orchestrator.domain.changes import affected, changed_fields, compare
from tests.unit.orchestrator.samples import AS_OF, CR, MX, a_strategy, an_assignment

BRIEF = Brief(
    client="Café Volcán",
    products=("Cold Brew",),
    countries=(CR,),
    budget=Budget(amount=Decimal(12000), currency="USD"),
    start=date(2026, 12, 1),
    end=date(2026, 12, 31),
    goal=Goal(metric="sales", value=Decimal(300)),
)


def test_a_brief_says_what_it_lacks_in_the_order_to_ask() -> None:
    assert Brief().missing() == ("product", "goal", "country", "budget", "period")
    assert Brief(products=("Taza Térmica",)).missing()[0] == "client"
    assert BRIEF.missing() == ()


def test_lists_are_set_added_to_or_taken_from() -> None:
    said = Brief(countries=(MX,))

    assert BRIEF.merged(said).countries == (MX,)
    assert BRIEF.merged(said, "add").countries == (CR, MX)
    assert BRIEF.merged(Brief(countries=(CR,)), "remove").missing() == ("country",)


def test_another_clients_product_replaces_the_product() -> None:
    said = Brief(client="Verde Vida", products=("Eco Bottle",))

    merged = BRIEF.merged(said, "add")

    assert (merged.client, merged.products) == ("Verde Vida", ("Eco Bottle",))


def test_dates_that_contradict_are_a_conflict() -> None:
    (problem,) = BRIEF.merged(Brief(start=date(2027, 1, 5))).conflicts()

    assert (problem.field, problem.code) == ("period", "reversed")


def test_a_complete_brief_becomes_an_assignment_with_the_clients_audiences(catalogue: Catalogue) -> None:
    assignment = BRIEF.assignment(catalogue, "en", AS_OF)

    assert assignment.audiences == ("young professionals", "families")
    with pytest.raises(ValueError, match="lacks product, goal"):
        Brief().assignment(catalogue, "en", AS_OF)


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (BudgetChange(direction="increase", percent=Decimal(10)), "13200.00"),
        (BudgetChange(direction="decrease", amount=Decimal(2000)), "10000.00"),
    ],
)
def test_a_relative_budget_is_worked_out_exactly(change: BudgetChange, result: str) -> None:
    assert str(change.applied(Decimal(12000), Decimal("0.01"))) == result


@pytest.mark.parametrize(
    ("said", "fields", "specialists"),
    [
        (Brief(budget=Budget(amount=Decimal(9000), currency="USD")), ("budget",), ("ads",)),
        (Brief(end=date(2026, 12, 20)), ("end",), ("ads",)),
        (Brief(goal=Goal(metric="leads", value=Decimal(9))), ("goal",), ("analytics", "ads")),
        (Brief(audiences=("families",)), ("audiences",), ("ads", "content")),
        (Brief(countries=(MX,)), ("countries",), ("analytics", "ads", "content", "crm")),
    ],
)
def test_a_change_replans_only_what_rests_on_it(
    said: Brief, fields: tuple[str, ...], specialists: tuple[str, ...]
) -> None:
    changed = changed_fields(BRIEF, BRIEF.merged(said))

    assert changed == fields
    assert affected(changed) == specialists


def test_versions_are_compared_by_field_and_task() -> None:
    before = a_strategy()
    shorter = an_assignment().period.model_copy(update={"end": date(2026, 12, 10)})
    after = a_strategy(an_assignment(period=shorter), version=2)

    changes = compare(before, after, ("end",), ("ads",))

    assert [item.field for item in changes.fields] == ["period"]
    assert any("Report results" in task for task in changes.tasks_added)
    assert "2026-12-31 Report results against the goal" in changes.tasks_removed


def test_a_live_campaign_is_never_launched_twice() -> None:
    assert proposals.launch_step(("countries",), launched=False) == "launch"
    assert proposals.launch_step(("budget",), launched=True) == "rebudget"
    assert proposals.launch_step(("budget", "countries"), launched=True) == "relaunch"


def test_proposals_have_the_same_keys_whenever_they_are_made() -> None:
    first, second = a_strategy(), a_strategy(version=2)

    assert proposals.draft_args(first, an_assignment()) == proposals.draft_args(first, an_assignment())
    assert proposals.key(first, "launch") != proposals.key(second, "launch")
    assert 8 <= len(proposals.key(first, "launch")) <= 128


def test_the_draft_is_the_strategy_to_the_cent() -> None:
    strategy = a_strategy()

    args = proposals.draft_args(strategy, an_assignment())

    assert sum(Decimal(line["budget"]) for line in args["line_items"]) == Decimal(args["budget"])
    assert (args["goal_metric"], args["goal_value"]) == ("sales", 300)


def test_one_message_a_language_is_published_where_the_money_is() -> None:
    (message,) = proposals.to_publish(a_strategy())

    assert (message.platform, message.country) == ("Google Ads", "Costa Rica")
    asset = proposals.asset_args(a_strategy(), message)
    published = proposals.publish_args(a_strategy(), message, {"id": "ast_1", "latest_version": 3})
    assert asset["body"] == message.body
    assert (published["asset_id"], published["version"]) == ("ast_1", 3)
