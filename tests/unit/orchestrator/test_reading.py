from datetime import date
from typing import Any

import pytest

from orchestrator.domain.turn import Route, Situation, Turn
from orchestrator.understanding.playbook import read
from orchestrator.understanding.validation import interpret

TODAY = date(2026, 11, 22)


def turn_of(text: str, situation: Situation) -> Turn:
    return interpret(read(text, situation, TODAY), situation, "playbook")


def brief_of(text: str, situation: Situation) -> dict[str, Any]:
    return turn_of(text, situation).brief.model_dump(mode="json", exclude_defaults=True)


WHOLE = {
    "client": "Café Volcán",
    "products": ["Cold Brew"],
    "countries": [{"code": "CR", "name": "Costa Rica"}, {"code": "MX", "name": "Mexico"}],
    "budget": {"amount": "12000.00", "currency": "USD"},
    "start": "2026-11-01",
    "end": "2026-11-30",
    "goal": {"metric": "sales", "value": "300"},
}


@pytest.mark.parametrize(
    ("text", "language", "audience"),
    [
        (
            "Lanza Cold Brew en Costa Rica y México del 1 al 30 de noviembre de 2026 con 12000 USD, público jóvenes "
            "profesionales, meta 300 ventas",
            "es",
            "jóvenes profesionales",
        ),
        (
            "Launch Cold Brew in Costa Rica and Mexico from November 1 to 30, 2026 with a budget of $12,000 for young "
            "professionals, goal: 300 sales",
            "en",
            "young professionals",
        ),
        (
            "quiero vender 300 unidades de cold brew a jóvenes profesionales, presupuesto 12 mil dólares, CR y MX, "
            "2026-11-01 al 2026-11-30",
            "es",
            "jóvenes profesionales",
        ),
        (
            "Campaign for cold brew targeting young professionals, Costa Rica + Mexico, 1 Nov 2026 – 30 Nov 2026, "
            "12k USD, at least 300 sales",
            "en",
            "young professionals",
        ),
    ],
)
def test_a_whole_brief_is_understood(text: str, language: str, audience: str, situation: Situation) -> None:
    turn = turn_of(text, situation)

    assert (turn.route, turn.language, turn.problems) == ("strategy", language, ())
    assert turn.brief.missing() == ()
    assert turn.brief.model_dump(mode="json", exclude_defaults=True) == {**WHOLE, "audiences": [audience]}


@pytest.mark.parametrize(
    "text",
    [
        "Mi presupuesto es de 900 dólares. El producto es Eco Bottle. El país es España. La meta es 45 ventas. Del "
        "10 al 25 de diciembre.",
        "Campaign for Eco Bottle (Verde Vida) in Spain. Budget: USD 900. 12/10/2026 - 12/25/2026. Goal: 45 sales.",
        "launch eco bottle in spain, budget=900 usd, goal=45 sales, dates=2026-12-10..2026-12-25",
        "Eco Bottle, ES, $900, 45 sales, Dec 10-25",
        "entre el 10 y el 25 de diciembre quiero vender 45 Eco Bottle en España gastando novecientos dólares",
        "I'd like to sell Eco Bottle in Spain, 900 dollars, objective 45 sales, from the 10th to the 25th of December",
    ],
)
def test_the_same_brief_is_understood_however_it_is_put(text: str, situation: Situation) -> None:
    assert brief_of(text, situation) == {
        "client": "Verde Vida",
        "products": ["Eco Bottle"],
        "countries": [{"code": "ES", "name": "Spain"}],
        "budget": {"amount": "900.00", "currency": "USD"},
        "start": "2026-12-10",
        "end": "2026-12-25",
        "goal": {"metric": "sales", "value": "45"},
    }


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("Lanza Cold Brew en Costa Rica", "strategy"),
        ("Necesito una campaña para aumentar las ventas", "strategy"),
        ("can you create a strategy for Eco Bottle?", "strategy"),
        ("¿Cuántas ventas hubo en octubre por país?", "question"),
        ("How many leads did we get last month?", "question"),
        ("compare spend by platform in October", "question"),
        ("muéstrame el CAC por canal", "question"),
        ("ventas del mes pasado?", "question"),
        ("what is pending?", "pending"),
        ("¿Qué está pendiente de aprobación?", "pending"),
        ("approve act_01abc", "pending"),
        ("Pausa la campaña Verano CR", "action"),
        ("please pause the Summer Brew campaign", "action"),
        ("sube el presupuesto de la campaña Verano CR a 5000 USD", "action"),
        ("launch the campaign cmp_0123abc", "action"),
        ("Lanza la campaña de Cold Brew en Costa Rica con 12000 USD y meta de 300 ventas en diciembre", "strategy"),
        ("hola", "help"),
        ("thanks!", "help"),
        ("what can you do?", "help"),
        ("asdf qwer", "help"),
    ],
)
def test_a_first_message_takes_the_route_its_words_ask_for(text: str, route: Route, situation: Situation) -> None:
    assert turn_of(text, situation).route == route


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("sube el presupuesto a 15000 USD", "change"),
        ("agrega Guatemala", "change"),
        ("use only email", "change"),
        ("meta 400 ventas mejor", "change"),
        ("¿cómo van las ventas?", "question"),
        ("otra estrategia para Eco Bottle en España con 3000 EUR, 50 ventas en diciembre", "strategy"),
        ("Launch Eco Bottle in Spain with 3000 EUR", "strategy"),
        ("gracias", "help"),
    ],
)
def test_after_a_strategy_edits_change_it_and_new_wishes_do_not(text: str, route: Route, situation: Situation) -> None:
    assert turn_of(text, situation.model_copy(update={"has_strategy": True})).route == route


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Lanza Cold Brew con -500 USD", ("budget", "not_positive")),
        ("Lanza Cold Brew con 0 USD", ("budget", "not_positive")),
        ("Launch Cold Brew with 1000-2000 USD", ("budget", "several")),
        ("Launch Cold Brew with a budget of 12000", ("budget", "currency_missing")),
        ("Launch Cold Brew with 12000.555 USD", ("budget", "too_precise")),
        ("Launch SuperWidget in Spain", ("product", "unknown")),
        ("crea una estrategia para 'Mega Taza' en CR", ("product", "unknown")),
        ("Launch Taza Térmica in Spain", ("client", "ambiguous")),
        ("Launch Cold Brew with a goal of 0 sales", ("goal", "not_positive")),
        ("Launch Cold Brew from December 20 to December 1, 2026", ("period", "reversed")),
        ("Lanza Cold Brew del 1 al 31 de noviembre", ("period", "invalid_date")),
    ],
)
def test_what_cannot_be_used_is_named(text: str, problem: tuple[str, str], situation: Situation) -> None:
    found = [(item.field, item.code) for item in turn_of(text, situation).problems]

    assert problem in found


def test_an_unknown_product_lists_the_known_ones(situation: Situation) -> None:
    (problem,) = turn_of("Launch SuperWidget in Spain", situation).problems

    assert problem.said == "SuperWidget"
    assert problem.options == situation.catalogue.products()


def test_names_are_found_without_accents_in_any_case_and_slightly_misspelt(situation: Situation) -> None:
    for text in ("lanza CAFE TARRAZU PREMIUM", "launch café tarrazu premium", "Launch Cafe Tarazu Premium"):
        assert brief_of(text, situation)["products"] == ["Café Tarrazú Premium"]


def test_a_part_of_a_name_is_enough_when_only_one_product_has_it(situation: Situation) -> None:
    assert brief_of("Quiero lanzar Café Tarrazú", situation)["products"] == ["Café Tarrazú Premium"]


def test_a_named_client_decides_between_products_of_the_same_name(situation: Situation) -> None:
    brief = brief_of("Launch Taza Térmica for Verde Vida", situation)

    assert (brief["client"], brief["products"]) == ("Verde Vida", ["Taza Térmica"])


def test_pesos_are_those_of_the_one_country_named(situation: Situation) -> None:
    brief = brief_of("Cold Brew para mexicanos, 12 mil pesos", situation)

    assert brief["budget"] == {"amount": "12000.00", "currency": "MXN"}


def test_money_that_is_the_goal_is_not_the_budget(situation: Situation) -> None:
    brief = brief_of("Launch Cold Brew, goal: $50,000 in sales with a budget of 8000 USD", situation)

    assert brief["goal"] == {"metric": "revenue", "value": "50000"}
    assert brief["budget"] == {"amount": "8000.00", "currency": "USD"}


@pytest.mark.parametrize(
    ("awaiting", "text", "expected"),
    [
        (("product",), "eco bottle", {"client": "Verde Vida", "products": ["Eco Bottle"]}),
        (("goal",), "500 leads", {"goal": {"metric": "leads", "value": "500"}}),
        (("country",), "Costa Rica", {"countries": [{"code": "CR", "name": "Costa Rica"}]}),
        (("budget",), "12k", {"bare_amount": "12000"}),
        (("budget",), "€3.000", {"budget": {"amount": "3000.00", "currency": "EUR"}}),
        (("period",), "diciembre", {"start": "2026-12-01", "end": "2026-12-31"}),
    ],
)
def test_a_short_answer_is_taken_for_what_was_asked(
    awaiting: tuple[str, ...], text: str, expected: dict[str, Any], situation: Situation
) -> None:
    asked = situation.model_copy(update={"awaiting": awaiting})

    assert turn_of(text, asked).route == "strategy"
    assert brief_of(text, asked) == expected


def test_a_currency_said_later_completes_the_amount(situation: Situation) -> None:
    first = turn_of("presupuesto 12000", situation.model_copy(update={"awaiting": ("budget",)}))
    after = situation.model_copy(update={"awaiting": ("budget",), "brief": first.brief})

    assert brief_of("dólares", after)["budget"] == {"amount": "12000.00", "currency": "USD"}


def test_changes_tell_how_lists_and_budgets_move(situation: Situation) -> None:
    after = situation.model_copy(update={"has_strategy": True})

    added = turn_of("agrega Guatemala", after)
    dropped = turn_of("remove TikTok", after)
    raised = turn_of("increase the budget by 10%", after)
    lowered = turn_of("reduce el presupuesto en 2000 USD", after)

    assert (added.lists, added.brief.countries[0].code) == ("add", "GT")
    assert (dropped.lists, dropped.brief.platforms) == ("remove", ("TikTok",))
    assert raised.budget_change is not None
    assert (raised.budget_change.direction, str(raised.budget_change.percent)) == ("increase", "10")
    assert lowered.budget_change is not None
    assert (lowered.budget_change.direction, str(lowered.budget_change.amount)) == ("decrease", "2000")


def test_an_action_names_its_campaign_and_budget(situation: Situation) -> None:
    action = turn_of("sube el presupuesto de la campaña Verano CR a 5000 USD", situation).action

    assert action is not None
    assert (action.kind, action.campaign, str(action.budget)) == ("change_budget", "Verano CR", "5000.00 USD")


@pytest.mark.parametrize(
    ("text", "language"),
    [("Vende algo", "es"), ("Promociona nuestro café", "es"), ("Sell something", "en"), ("Advertise our coffee", "en")],
)
def test_a_bare_wish_is_a_brief_with_everything_still_to_ask(text: str, language: str, situation: Situation) -> None:
    reading = read(text, situation, TODAY)

    assert (reading.route, reading.language) == ("strategy", language)
