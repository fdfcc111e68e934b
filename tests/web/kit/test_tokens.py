import ast
import re
from collections.abc import Iterator
from pathlib import Path

from patriot_app.web.kit.gallery import gallery
from patriot_app.web.theme import SEMANTIC_COLOURS, STYLESHEETS
from tests.database import ROOT

CSS = {name: (ROOT / "assets" / name.lstrip("/")).read_text() for name in STYLESHEETS}


def block(selector: str) -> str:
    return CSS["/theme.css"].split(f"{selector} {{", 1)[1].split("}", 1)[0]


def test_every_semantic_colour_is_defined_in_both_themes() -> None:
    for selector in (".light", ".dark"):
        defined = set(re.findall(r"--([a-z-]+):", block(selector)))
        assert set(SEMANTIC_COLOURS) <= defined, selector


def test_every_token_in_use_is_defined() -> None:
    everything = "".join(CSS.values())
    defined = set(re.findall(r"--([a-z0-9-]+):", everything))
    assert set(re.findall(r"var\(--([a-z0-9-]+)", everything)) <= defined


def test_nothing_is_loaded_from_elsewhere() -> None:
    for name in ("theme.css", "kit.css", "shell.css", "patriot.js"):
        text = (ROOT / "assets" / name).read_text()
        assert not re.findall(r"https?://|@import|//cdn", text), name


def test_text_has_contrast_on_its_surface() -> None:
    for selector in (".light", ".dark"):
        for text, surface in (
            ("text", "surface"),
            ("text-muted", "surface"),
            ("text-muted", "surface-raised"),
            ("text-faint", "surface-raised"),
            ("positive", "surface-raised"),
            ("negative", "surface-raised"),
            ("danger", "danger-soft"),
            ("warning", "warning-soft"),
            ("positive", "positive-soft"),
            ("negative", "negative-soft"),
            ("info", "info-soft"),
            ("on-accent", "accent"),
        ):
            ratio = contrast(colour(selector, text), colour(selector, surface))
            assert ratio >= 4.5, f"{selector} {text} on {surface}: {ratio:.2f}"


def test_pages_hold_no_style_of_their_own() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{line}"
        for area in ("console", "portal", "sign_in")
        for path in (ROOT / "patriot_app/web" / area).rglob("*.py")
        # A row may well have a margin, of money.
        if path.name != "rows.py"
        for line in styled(path)
    ]
    assert offenders == []


def test_the_gallery_compiles() -> None:
    assert "Sample account 1" in str(gallery())


def styled(path: Path) -> Iterator[int]:
    forbidden = {"style", "class_name", "color", "background", "padding", "margin", "font_size"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg in forbidden:
            # `background=True` is no colour: it marks a handler.
            is_flag = isinstance(node.value, ast.Constant) and node.value.value is True
            yield from [] if is_flag else [node.value.lineno]


def colour(selector: str, name: str) -> tuple[int, int, int]:
    value = re.search(rf"--{name}: ([^;]+);", block(selector))
    assert value is not None, name
    text = value.group(1)
    if text.startswith("var("):
        found = re.search(rf"{text[4:-1]}: (#[0-9a-f]+);", CSS["/theme.css"])
        assert found is not None, text
        text = found.group(1)
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [value / 255 for value in colour]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
