"""Where a chain has to begin and to end."""

from datetime import UTC, datetime

import pytest

from approvals.audit import Anchor, Broken, Extent, Reason, check_ends

ANCHOR = Anchor(5, b"anchor", datetime(2026, 1, 1, tzinfo=UTC), "day_20260101")


@pytest.mark.parametrize(
    ("extent", "anchor"),
    [
        (Extent(None, None, None, None, None, 0), None),
        (Extent(3, b"h", 1, 3, b"h", 3), None),
        (Extent(8, b"h", 6, 8, b"h", 3), ANCHOR),
        (Extent(5, b"anchor", None, None, None, 0), ANCHOR),
        (Extent(0, b"", None, None, None, 0), None),
    ],
    ids=["nothing", "whole", "after an anchor", "only an anchor", "only an empty head"],
)
def test_ends_that_fit_are_intact(extent: Extent, anchor: Anchor | None) -> None:
    assert check_ends(extent, anchor) == []


@pytest.mark.parametrize(
    ("extent", "anchor", "expected"),
    [
        (Extent(3, b"h", 1, 2, b"g", 2), None, (3, "tail_missing")),
        (Extent(3, b"h", None, None, None, 0), None, (1, "tail_missing")),
        (Extent(8, b"h", None, None, None, 0), ANCHOR, (6, "tail_missing")),
        (Extent(3, b"h", 1, 5, b"g", 5), None, (4, "beyond_head")),
        (Extent(3, b"h", 1, 3, b"g", 3), None, (3, "head_differs")),
        (Extent(5, b"other", None, None, None, 0), ANCHOR, (5, "head_differs")),
        (Extent(None, None, 1, 3, b"h", 3), None, (3, "head_missing")),
        (Extent(None, None, None, None, None, 0), ANCHOR, (5, "head_missing")),
        (Extent(8, b"h", 5, 8, b"h", 4), ANCHOR, (5, "before_anchor")),
    ],
)
def test_ends_that_do_not_fit_are_named(extent: Extent, anchor: Anchor | None, expected: tuple[int, Reason]) -> None:
    assert check_ends(extent, anchor) == [Broken(*expected)]
