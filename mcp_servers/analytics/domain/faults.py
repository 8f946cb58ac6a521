"""What is wrong with a semantic model that has the right shape: names that lead nowhere, formulas, double meanings."""

from collections.abc import Iterable, Iterator

from mcp_servers.analytics.domain.formula import Formula
from mcp_servers.analytics.domain.model import LANGUAGES, Metric, SemanticModel
from mcp_servers.analytics.domain.naming import hint
from mcp_servers.analytics.domain.text import phrase

_NEEDED_DIMENSIONS = ("currency",)
"""Amounts are told apart by it, whatever the model."""
_TAKEN = frozenset({"date", "week", "month", "quarter", "year", "previous_period", "previous_year"})
_ENDINGS = ("_previous", "_change", "_share")


def faults(model: SemanticModel) -> list[str]:
    """Every fault as `path: what is wrong; how to put it right`."""
    checks = (_measures, _metrics, _bundles, _hierarchies, _dimensions, _double_meanings)
    return [fault for check in checks for fault in check(model)]


def _unknown(path: str, what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    choices = list(known)
    for name in names:
        if name not in choices:
            yield f"{path}: no {what} {name!r}; {hint(name, choices)}"


def _measures(model: SemanticModel) -> Iterator[str]:
    for name, measure in model.measures.items():
        yield from _unknown(f"measures.{name}.source", "source", [measure.source], model.sources)
        if measure.reporting and not measure.money:
            yield f"measures.{name}.reporting: only money is converted; remove it or write money: true"


def _metrics(model: SemanticModel) -> Iterator[str]:
    for name, metric in model.metrics.items():
        path = f"metrics.{name}"
        yield from _unknown(f"{path}.dimensions", "dimension", metric.dimensions, model.dimensions)
        yield from _unknown(f"{path}.format", "format", [metric.format], model.formats)
        if name in model.dimensions or name in _TAKEN or name.endswith(_ENDINGS):
            yield f"{path}: another column of an answer has this name or ending; rename it"
        try:
            formula = Formula(metric.formula)
        except ValueError as error:
            yield f"{path}.formula: {error}"
            continue
        yield from _unknown(f"{path}.formula", "measure", sorted(formula.measures), model.measures)
        yield from _kind(path, metric, formula, model)
        for language in LANGUAGES:
            if not metric.synonyms.get(language):
                yield f"{path}.synonyms.{language}: no words; say how people ask for it"


def _kind(path: str, metric: Metric, formula: Formula, model: SemanticModel) -> Iterator[str]:
    """What a metric says it is against what its formula makes it."""
    if not formula.measures:
        yield f"{path}.formula: {metric.formula!r} has no measure; name at least one"
    if formula.adds_up and metric.additivity == "ratio":
        yield f"{path}.additivity: {metric.formula!r} adds up; write additive, or overlapping for people"
    if not formula.adds_up and metric.additivity != "ratio":
        yield f"{path}.additivity: {metric.formula!r} does not add up over rows; write ratio"
    money = any(measure.money for name, measure in model.measures.items() if name in formula.measures)
    if metric.unit == "money" and not money:
        yield f"{path}.unit: money, but {metric.formula!r} has no measure of money"
    shown = model.formats.get(metric.format)
    if shown and (shown.style == "currency") != (metric.unit == "money"):
        yield f"{path}.format: {metric.format} has the style {shown.style}, which does not fit the unit {metric.unit}"
    if shown and (shown.style == "percent") != (metric.unit == "percent"):
        yield f"{path}.format: {metric.format} has the style {shown.style}, which does not fit the unit {metric.unit}"


def _bundles(model: SemanticModel) -> Iterator[str]:
    for n, bundle in enumerate(model.bundles):
        yield from _unknown(f"bundles.{n}.metrics", "metric", bundle.metrics, model.metrics)
        for field, name in (("how_much", bundle.how_much), ("how_many", bundle.how_many)):
            if name is not None and name not in bundle.metrics:
                yield f"bundles.{n}.{field}: {name!r} is none of the bundle's metrics ({', '.join(bundle.metrics)})"


def _hierarchies(model: SemanticModel) -> Iterator[str]:
    owners: dict[str, str] = {}
    for name, hierarchy in model.hierarchies.items():
        yield from _unknown(f"hierarchies.{name}.levels", "dimension", hierarchy.levels, model.dimensions)
        for level in hierarchy.levels:
            if level in owners:
                yield f"hierarchies.{name}.levels: {level} is a level of {owners[level]} already; keep one"
            owners.setdefault(level, name)


def _dimensions(model: SemanticModel) -> Iterator[str]:
    for name in _NEEDED_DIMENSIONS:
        if name not in model.dimensions:
            yield f"dimensions: {name} is missing; amounts are told apart by it"
    for name, dimension in model.dimensions.items():
        if name in _TAKEN:
            yield f"dimensions.{name}: a unit of time has this name; rename it"
        for field, words in (("singular", dimension.singular), ("plural", dimension.plural)):
            for language in LANGUAGES:
                if not words.get(language):
                    yield f"dimensions.{name}.{field}.{language}: no words; say what people call it"


def _double_meanings(model: SemanticModel) -> Iterator[str]:
    owners: dict[tuple[str, ...], str] = {}
    for path, text in _names(model):
        words = phrase(text)
        if not words:
            yield f"{path}: {text!r} has no words"
        elif owners.setdefault(words, path) != path:
            yield f"{path}: {text!r} is a name of {owners[words]} too; keep it in one place"


def _names(model: SemanticModel) -> Iterator[tuple[str, str]]:
    for name, metric in model.metrics.items():
        yield from (
            (f"metrics.{name}", text) for text in [name, *metric.label.values(), *_texts(metric.synonyms.values())]
        )
    for n, bundle in enumerate(model.bundles):
        if bundle.reading != "ask":  # words for what the model does not have: a metric that has it takes them over
            yield from ((f"bundles.{n}", text) for text in _texts(bundle.synonyms.values()))
    for name, dimension in model.dimensions.items():
        words = [*dimension.singular.values(), *dimension.plural.values()]
        yield from ((f"dimensions.{name}", text) for text in _texts(words))


def _texts(lists: Iterable[tuple[str, ...]]) -> list[str]:
    return [text for texts in lists for text in texts]
