"""Names as a caller wrote them against those the model has, with what was probably meant; values that are none."""

import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.text import fold
from mcp_servers.analytics.errors import InvalidValue, UnknownName

_SIMILAR = 67
"""Similarity, of 100, from which a name is worth suggesting: names are few and a wrong hint costs little."""
_LISTED = 40
_QUOTED = 40
_LONGEST_VALUE = 500
_NO_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Unicode's control characters, surrogates and code points without a character."""


def hint(name: str, known: Iterable[str]) -> str:
    """`did you mean spend?`, or every name there is when none is near."""
    names = list(known)
    close = process.extract(fold(name), names, scorer=fuzz.ratio, limit=3, score_cutoff=_SIMILAR)
    if close:
        return f"did you mean {' or '.join(found for found, _, _ in close)}?"
    return f"there are {', '.join(names[:_LISTED])}"


def check_names(
    model: SemanticModel,
    *,
    metrics: Sequence[str] = (),
    dimensions: Sequence[str] = (),
    filtered: Sequence[str] = (),
    grains: Sequence[str] = (),
) -> None:
    """Raise UnknownName for the first name that the model does not have; `grains` may stand among dimensions."""
    for n, name in enumerate(metrics):
        _check(f"metrics.{n}", "metric", name, model.metrics)
    for n, name in enumerate(dimensions):
        _check(f"dimensions.{n}", "dimension", name, [*model.dimensions, *grains])
    for n, name in enumerate(filtered):
        _check(f"filters.{n}.dimension", "dimension", name, model.dimensions)


def check_metric(model: SemanticModel, name: str) -> None:
    """Raise UnknownName for the one metric of a request when the model does not have it."""
    _check("metric", "metric", name, model.metrics)


def check_values(filters: Sequence[Sequence[str]]) -> None:
    """Raise InvalidValue for the first value of each filter's values that cannot be the name of anything."""
    for n, values in enumerate(filters):
        for m, value in enumerate(values):
            if why := _no_value(value):
                field = f"filters.{n}.values.{m}"
                fix = "Write the value as list_dimensions gives it."
                raise InvalidValue(f"{field}: {why}.", field=field, fix=fix)


def _no_value(value: str) -> str | None:
    if not value.strip():
        return "an empty text is no value"
    if len(value) > _LONGEST_VALUE:
        return f"the value is longer than {_LONGEST_VALUE} characters"
    if any(unicodedata.category(char) in _NO_TEXT for char in value):
        return "the value has control characters"
    return None


def _check(field: str, what: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        shown = repr(name[:_QUOTED])
        raise UnknownName(f"{field}: no {what} {shown}; {hint(name[:_QUOTED], names)}", field=field)
