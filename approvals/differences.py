"""What changed between two JSON documents, as a list that people can read."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Literal, cast


class _Absent:
    pass


_ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Change:
    path: str
    """JSON pointer (RFC 6901) into the document."""
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def changes(before: Any, after: Any, path: str = "") -> list[Change]:
    """Every leaf that differs, in document order; a value that is only on one side is added or removed."""
    return list(_compare(before, after, path))


def _compare(before: Any, after: Any, path: str) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after), path)
    elif isinstance(before, list) and isinstance(after, list):
        pairs = zip_longest(cast("list[Any]", before), cast("list[Any]", after), fillvalue=_ABSENT)
        for index, (left, right) in enumerate(pairs):
            yield from _compare(left, right, f"{path}/{index}")
    elif isinstance(before, _Absent):
        yield Change(path, "added", None, after)
    elif isinstance(after, _Absent):
        yield Change(path, "removed", before, None)
    elif before != after or isinstance(before, bool) != isinstance(after, bool):  # True equals 1
        yield Change(path, "changed", before, after)


def _mappings(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        pointer = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        yield from _compare(before.get(key, _ABSENT), after.get(key, _ABSENT), pointer)
