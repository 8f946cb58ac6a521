import pytest

from identity.recent import Recent


class Source:
    """Answers with how often it was asked for a key."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def load(self, key: str) -> int:
        self.asked.append(key)
        if key == "broken":
            raise LookupError(key)
        return self.asked.count(key)


async def test_value_is_loaded_once() -> None:
    source = Source()
    recent = Recent(source.load, seconds=60)

    assert [await recent.get("a"), await recent.get("a"), await recent.get("b")] == [1, 1, 1]
    assert source.asked == ["a", "b"]


async def test_value_that_has_aged_is_loaded_again() -> None:
    recent = Recent(Source().load, seconds=0)

    assert [await recent.get("a"), await recent.get("a")] == [1, 2]


async def test_failure_is_not_kept() -> None:
    source = Source()
    recent = Recent(source.load)

    for _ in range(2):
        with pytest.raises(LookupError):
            await recent.get("broken")
    assert source.asked == ["broken", "broken"]


async def test_no_more_values_are_kept_than_allowed() -> None:
    source = Source()
    recent = Recent(source.load, size=2)

    for key in "abca":
        await recent.get(key)

    assert source.asked == ["a", "b", "c", "a"]
