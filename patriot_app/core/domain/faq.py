"""Answers that are the same for everybody, in three languages: read once from `faq.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("faq.toml")
LANGUAGES = ("en", "uk", "ru")


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer, as plain text."""

    title: str
    text: str


@cache
def topics() -> tuple[str, ...]:
    """Return every topic, in the order of the file."""
    return tuple(_read())


def answer(topic: str, language: str) -> Answer | None:
    """Return the answer of a topic; None: there is none. An unknown language is English."""
    told = _read().get(topic)
    if told is None:
        return None
    return told[language if language in LANGUAGES else "en"]


@cache
def _read() -> Mapping[str, Mapping[str, Answer]]:
    file = tomllib.loads(FILE.read_text("utf-8"))
    return {
        topic: {language: Answer(**told[language]) for language in LANGUAGES}
        for topic, told in file.items()
    }
