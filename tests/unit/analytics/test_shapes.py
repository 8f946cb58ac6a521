"""What a formula is made of, whatever way it is written."""

from fractions import Fraction

import pytest

from mcp_servers.analytics.domain.model import Metric, MetricName, SemanticModel
from mcp_servers.analytics.domain.shapes import Family, NotARatio, reading, shape


def written(model: SemanticModel, formula: str) -> SemanticModel:
    """The model with return on investment by another formula."""
    changed = Metric.model_validate({**model.metrics["roi"].model_dump(), "formula": formula})
    return model.model_copy(update={"metrics": {**model.metrics, "roi": changed}})


@pytest.mark.parametrize("formula", ["(revenue - spend) / spend", "revenue / spend - 1", "revenue / spend - 2 + 1"])
def test_formulas_that_mean_the_same_have_one_value_and_reading(formula: str, model: SemanticModel) -> None:
    other = written(model, formula)

    figures = {"revenue": Fraction(300), "spend": Fraction(120)}
    found = reading(other.metrics["roi"], other)
    assert shape(other.metrics["roi"]).value(lambda name: figures[name]) == Fraction(3, 2)
    assert (found.family, found.events, found.exposure) == ("rate", {"revenue": 1}, {"spend": 1})
    assert (found.offset, found.scale) == (-1, 1)


@pytest.mark.parametrize(
    ("metric", "family"),
    [
        ("ctr", "proportion"),
        ("conversion_rate", "proportion"),
        ("cpm", "cost"),
        ("cac", "cost"),
        ("roas", "rate"),
        ("average_order_value", "rate"),
        ("leads", "total"),
        ("spend", "total"),
    ],
)
def test_the_uncertainty_of_a_metric_follows_from_its_formula(
    metric: MetricName, family: Family, model: SemanticModel
) -> None:
    assert reading(model.metrics[metric], model).family == family


def test_a_ratio_of_several_sums_is_judged_as_a_difference(model: SemanticModel) -> None:
    other = written(model, "(revenue - clicks) / (spend + leads)")

    assert reading(other.metrics["roi"], other).family == "difference"


def test_a_product_of_measures_is_refused(model: SemanticModel) -> None:
    other = written(model, "revenue * clicks / spend")

    with pytest.raises(NotARatio):
        shape(other.metrics["roi"])


def test_every_metric_of_the_model_can_be_read_and_computed(model: SemanticModel) -> None:
    for metric in model.metrics.values():
        value = shape(metric).value(lambda _: Fraction(2))
        direct = metric.compute(lambda _: Fraction(2), Fraction, lambda over, under: over / under)
        assert value == direct, metric.formula
