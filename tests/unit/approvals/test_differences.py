from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from approvals.differences import Change, changes


def test_changed_added_and_removed_leaves_are_told_apart() -> None:
    before = {"args": {"budget": "100", "name": "Spring", "notes": None}}
    after = {"args": {"budget": "200", "name": "Spring", "end": "2026-12-01"}}

    assert changes(before, after) == [
        Change("/args/budget", "changed", "100", "200"),
        Change("/args/notes", "removed", None, None),
        Change("/args/end", "added", None, "2026-12-01"),
    ]


def test_lists_are_compared_by_position() -> None:
    assert changes({"c": ["a", "b"]}, {"c": ["a", "x", "y"]}) == [
        Change("/c/1", "changed", "b", "x"),
        Change("/c/2", "added", None, "y"),
    ]


def test_pointers_escape_slash_and_tilde() -> None:
    assert [change.path for change in changes({"a/b~c": 1}, {"a/b~c": 2})] == ["/a~1b~0c"]


def test_true_is_not_one() -> None:
    assert changes({"v": 1}, {"v": True}) == [Change("/v", "changed", 1, True)]


def test_a_value_that_becomes_a_structure_is_one_change() -> None:
    assert changes({"v": None}, {"v": {"a": 1}}) == [Change("/v", "changed", None, {"a": 1})]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(_JSON)
def test_equal_documents_have_no_changes(document: Any) -> None:
    assert changes(document, document) == []


@given(_JSON, _JSON)
def test_different_documents_have_changes_in_both_directions(one: Any, other: Any) -> None:
    there, back = changes(one, other), changes(other, one)

    assert bool(there) == bool(back)
    assert {change.path for change in there} == {change.path for change in back}
