"""What a semantic model's file may hold, and what is said of one that cannot be used."""

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_servers.analytics.domain.loading import load_model
from mcp_servers.analytics.errors import InvalidModel
from mcp_servers.analytics.server import load_lexicon
from mcp_servers.analytics.settings import SEMANTIC_MODEL

Document = dict[str, Any]


@cache
def document() -> Document:
    return yaml.load(SEMANTIC_MODEL.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def written(changed: Callable[[Document], None]) -> str:
    """The model that ships with a change, as JSON, which is YAML."""
    model = deepcopy(document())
    changed(model)
    return json.dumps(model)


def setting(path: str, value: object) -> Callable[[Document], None]:
    """Write a value at a dotted path."""

    def change(model: Document) -> None:
        *parents, last = path.split(".")
        place: Any = model
        for part in parents:
            place = place[int(part) if isinstance(place, list) else part]
        place[last] = value

    return change


def without_currency(model: Document) -> None:
    del model["dimensions"]["currency"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (setting("metrics.roas.formula", "revenue / spnd"), "roas.formula: no measure 'spnd'; did you mean spend?"),
        (setting("metrics.roas.formula", "revenue /"), "metrics.roas.formula: 'revenue /' is not arithmetic"),
        (setting("metrics.roas.formula", "revenue.real"), "may hold measures, numbers, + - * / and brackets only"),
        (setting("metrics.roas.formula", "open('x')"), "may hold measures, numbers, + - * / and brackets only"),
        (setting("metrics.roas.formula", "2"), "metrics.roas.formula: '2' has no measure"),
        (setting("metrics.roas.additivity", "additive"), "metrics.roas.additivity: 'revenue / spend' does not add up"),
        (setting("metrics.clicks.additivity", "ratio"), "metrics.clicks.additivity: 'clicks' adds up; write additive"),
        (setting("metrics.clicks.unit", "money"), "metrics.clicks.unit: money, but 'clicks' has no measure of money"),
        (setting("metrics.clicks.format", "amount"), "metrics.clicks.format: amount has the style currency"),
        (setting("metrics.clicks.format", "hole"), "metrics.clicks.format: no format 'hole'; did you mean whole?"),
        (setting("metrics.clicks.label", {"en": "Clicks"}), "metrics.clicks.label: say it in es too"),
        (setting("metrics.clicks.definition", {"en": "", "es": "x"}), "metrics.clicks.definition: say it in en too"),
        (setting("metrics.clicks.synonyms", {"en": ["clicks"]}), "metrics.clicks.synonyms.es: no words"),
        (setting("metrics.clicks.dimensions", ["contry"]), "metrics.clicks.dimensions: no dimension 'contry'; did you"),
        (setting("metrics.clicks.version", 0), "metrics.clicks.version: Input should be greater"),
        (setting("metrics.clicks.better", "high"), "metrics.clicks.better: Input should be 'up', 'down' or 'neutral'"),
        (setting("metrics.clicks.colour", "red"), "metrics.clicks.colour: Extra inputs are not permitted"),
        (setting("metrics.clicks.synonyms.en", ["leads"]), "'leads' is a name of metrics."),
        (setting("dimensions.channel.singular.en", ["clicks"]), "channel: 'clicks' is a name of metrics.clicks"),
        (setting("measures.reach.source", "ads"), "measures.reach.source: no source 'ads'"),
        (setting("measures.reach.reporting", "x"), "measures.reach.reporting: only money is converted"),
        (setting("bundles.0.metrics", ["spend", "profit"]), "bundles.0.metrics: no metric 'profit'"),
        (setting("bundles.1.how_much", "spend"), "bundles.1.how_much: 'spend' is none of the bundle's metrics"),
        (setting("hierarchies.media.levels", ["platform", "chanel"]), "media.levels: no dimension 'chanel'"),
        (setting("hierarchies.media.levels", ["platform", "region"]), "region is a level of geography already"),
        (setting("time.week_start", "lunes"), "time.week_start: Input should be 'monday'"),
        (setting("time.default_time_zone", "Costa Rica"), "time.default_time_zone: no time zone 'Costa Rica'"),
        (without_currency, "dimensions: currency is missing"),
        (setting("metrics.month", document()["metrics"]["clicks"]), "metrics.month: another column"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place_and_what_to_do(change: Callable[[Document], None], fault: str) -> None:
    with pytest.raises(InvalidModel) as refused:
        load_model(written(change))

    assert fault in str(refused.value)


def test_every_fault_is_said_at_once() -> None:
    def broken(model: Document) -> None:
        model["metrics"]["ctr"]["formula"] = "clicks / views"
        model["bundles"][0]["metrics"] = ["spend", "views"]

    with pytest.raises(InvalidModel) as refused:
        load_model(written(broken))

    assert [fault.partition(":")[0] for fault in refused.value.faults] == ["metrics.ctr.formula", "bundles.0.metrics"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("metrics: [", "this is not YAML"),
        ("", "the document has no fields"),
        ("- a list", "the document has no fields"),
        (
            SEMANTIC_MODEL.read_text().replace("  clicks:\n    version", "  spend:\n    version"),
            "spend is written twice",
        ),
    ],
)
def test_what_is_no_model_is_said_so(text: str, fault: str) -> None:
    with pytest.raises(InvalidModel, match=fault):
        load_model(text)


def test_a_model_may_only_name_columns_that_the_hub_has(tmp_path: Path) -> None:
    def widened(model: Document) -> None:
        model["measures"]["video_views"] = {"source": "ads.metrics"}
        model["measures"]["spend"]["reporting"] = "spend_usd"
        model["dimensions"]["planet"] = {**model["dimensions"]["region"], "singular": {}, "plural": {}}
        model["dimensions"]["planet"]["singular"] = {"en": ["planet"], "es": ["planeta"]}
        model["dimensions"]["planet"]["plural"] = {"en": ["planets"], "es": ["planetas"]}

    path = tmp_path / "model.yaml"
    path.write_text(written(widened), encoding="utf-8")

    with pytest.raises(InvalidModel) as refused:
        load_lexicon(path)

    assert [fault.partition(":")[0] for fault in refused.value.faults] == [
        "dimensions.planet",
        "measures.spend.reporting",
        "measures.video_views",
    ]


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidModel, match="cannot be read"):
        load_lexicon(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("formula", "adds_up", "value"),
    [
        ("clicks + 5 * conversions", True, "750"),
        ("0.5 * clicks - conversions / 2", True, "225"),
        ("(clicks + conversions) * 3", True, "1650"),
        ("clicks / conversions", False, "10"),
        ("clicks * conversions", False, "25000"),
    ],
)
def test_a_formula_weighs_measures_with_whole_and_decimal_numbers(formula: str, adds_up: bool, value: str) -> None:
    def change(model: Document) -> None:
        model["metrics"]["ctr"].update(formula=formula, additivity="additive" if adds_up else "ratio")

    metric = load_model(written(change)).metrics["ctr"]
    measures = {"clicks": Decimal(500), "conversions": Decimal(50)}

    assert metric.compute(measures.__getitem__, Decimal, lambda a, b: a / b) == Decimal(value)
