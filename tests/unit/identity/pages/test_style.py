import re
from pathlib import Path

import pytest

from identity.pages import assets

STYLE = (Path(assets.__file__).parent / "assets" / "style.css").read_text()
TEXT_ON_GROUND = [
    ("ink", "card"),
    ("ink", "ground"),
    ("ink", "field"),
    ("muted", "card"),
    ("muted", "ground"),
    ("link", "card"),
    ("link", "ground"),
    ("on-accent", "accent"),
    ("on-accent", "accent-over"),
    ("bad", "bad-ground"),
    ("good", "good-ground"),
    ("good", "card"),
    ("caution", "card"),
]


def colours(scheme: str) -> dict[str, str]:
    """Colours by name, as the scheme has them."""
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    return found | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_can_be_read_by_whoever_sees_little_contrast(scheme: str, text: str, ground: str) -> None:
    known = colours(scheme)

    assert contrast(known[text], known[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), [("field-line", "card"), ("field-line", "field"), ("link", "card")])
def test_fields_and_focus_stand_out(scheme: str, edge: str, ground: str) -> None:
    known = colours(scheme)

    assert contrast(known[edge], known[ground]) >= 3
