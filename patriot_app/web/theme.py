"""The names of the design tokens; their values live in assets/theme.css, once per theme.

Kit components take these names only, so a colour or a size outside the tokens cannot be written.
"""

from typing import Literal, get_args

Tone = Literal["neutral", "positive", "negative", "warning", "danger", "info", "accent"]
"""What a figure or badge means; never the only carrier of that meaning."""

Intent = Literal["neutral", "primary", "danger", "quiet"]
"""What a button does to the world."""

TONES: tuple[str, ...] = get_args(Tone)
INTENTS: tuple[str, ...] = get_args(Intent)

SEMANTIC_COLOURS = (
    "surface",
    "surface-raised",
    "surface-sunken",
    "surface-hover",
    "surface-selected",
    "surface-inverse",
    "border",
    "border-strong",
    "text",
    "text-muted",
    "text-faint",
    "text-inverse",
    "accent",
    "accent-hover",
    "accent-soft",
    "accent-text",
    "on-accent",
    "positive",
    "positive-soft",
    "negative",
    "negative-soft",
    "warning",
    "warning-soft",
    "danger",
    "danger-hover",
    "danger-soft",
    "info",
    "info-soft",
    "neutral-soft",
    "overlay",
)
"""Each is defined for the light and for the dark theme."""

STYLESHEETS = ["/theme.css", "/kit.css", "/shell.css"]
SCRIPT = "/patriot.js"
"""Keyboard, command palette, relative times and chart read-out; a file, so that no page needs eval."""
