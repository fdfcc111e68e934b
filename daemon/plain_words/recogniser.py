"""The way in: what does a message mean, how sure is that, and what else could it be."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from daemon.plain_words.classifier import Classifier, learn
from daemon.plain_words.entities import MARKS, Entities, find
from daemon.plain_words.intents import DESK, Intent
from daemon.plain_words.wording import language_of, normalise

SENTENCES = Path(__file__).with_name("sentences")
LANGUAGES = ("en", "uk", "ru")
SURE_MIN = 0.30
"""Below it the bot asks; chosen on left-out training sentences, see docs/plain-words.md."""
GUESSES = 3
GUESS_MIN = 0.08

_MARK = re.compile(r"<(" + "|".join(MARKS) + r")>")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message means.

    Attributes:
        intent: what it means; NONE if that is not clear enough.
        guesses: what it could mean, likeliest first, to be offered where the intent is NONE.
        language: "en", "uk" or "ru", that the answer should be in.
        told: the message with marks in the places of what it names.
    """

    intent: Intent
    confidence: float
    guesses: tuple[Intent, ...]
    entities: Entities
    language: str
    told: str = ""


def understand(
    text: str,
    *,
    today: date,
    is_staff: bool = False,
    strategies: Iterable[str] = (),
    tickers: Iterable[str] = (),
    language: str = "en",
) -> Understanding:
    """Say what a message means.

    Args:
        today: the day it is where the person lives.
        is_staff: whether what only the desk's staff can mean is possible.
        strategies, tickers: names of the desk's own that the person can see.
        language: the person's own, for messages that could be in several.
    """
    entities, told = find(text, today=today, strategies=strategies, tickers=tickers)
    scored = [
        (score, Intent(label))
        for score, label in classifier().scores(told)
        if is_staff or Intent(label) not in DESK
    ]
    confidence, best = scored[0]
    is_sure = bool(told) and confidence >= SURE_MIN
    guesses = tuple(
        intent for score, intent in scored if score >= GUESS_MIN and intent is not Intent.NONE
    )
    return Understanding(
        intent=best if is_sure else Intent.NONE,
        confidence=confidence,
        guesses=() if is_sure and best is Intent.NONE else guesses[:GUESSES],
        entities=entities,
        language=language_of(text, otherwise=language),
        told=told,
    )


@cache
def classifier() -> Classifier:
    """Return what was learnt from the sentences of all languages; takes a second, once."""
    return learn(examples())


def examples() -> list[tuple[str, str]]:
    """Return (intent, normalised sentence with marks) of every training sentence.

    Raises:
        ValueError: a file names a meaning that there is not.
    """
    found = []
    for language in LANGUAGES:
        told = tomllib.loads((SENTENCES / f"{language}.toml").read_text("utf-8"))
        for intent, sentences in told.items():
            found += [(Intent(intent).value, marked(sentence)) for sentence in sentences]
    return found


def marked(sentence: str) -> str:
    """Return a training sentence as `entities.find` would leave a message like it."""
    pieces = _MARK.split(sentence)
    kept = []
    for index, piece in enumerate(pieces):
        if index % 2:
            kept.append(f"§{piece}")
        elif told := normalise(piece):
            kept.append(find(told, today=_ANY_DAY)[1])
    return " ".join(kept)


_ANY_DAY = date(2026, 1, 1)
