"""Every notice is told in three languages with the same facts."""

from string import Formatter
from uuid import UUID

import pytest

from patriot_app.core.domain.events import InvoiceSent, PositionUnprotected
from patriot_app.core.domain.notice_words import TRANSLATED
from patriot_app.core.domain.notice_words.frame import FRAMES
from patriot_app.core.domain.notification_preferences import Language
from patriot_app.core.domain.notifications import route, routed, words_of

OTHERS = [language for language in Language if language is not Language.ENGLISH]


def places(text: str) -> list[str]:
    """Return the names of what is filled in, sorted."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_each_language_that_one_can_choose_has_words() -> None:
    assert set(TRANSLATED) == set(OTHERS)
    assert set(FRAMES) == set(Language)


@pytest.mark.parametrize("language", OTHERS)
def test_every_notice_has_words_and_none_is_left_over(language: Language) -> None:
    assert set(TRANSLATED[language]) == routed()


@pytest.mark.parametrize("language", OTHERS)
def test_every_notice_tells_the_same_facts(language: Language) -> None:
    different = [
        kind
        for kind, told in TRANSLATED[language].items()
        for english, translated in zip(words_of(kind), told, strict=True)
        if places(english) != places(translated)
    ]
    assert different == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_notice_was_left_in_english(language: Language) -> None:
    same = {
        kind
        for kind, told in TRANSLATED[language].items()
        if told == words_of(kind) and "".join(told).strip("{}abcdefghijklmnopqrstuvwxyz:_ ")
    }
    assert same == set()


def test_a_body_that_begins_and_ends_with_a_fact_is_filled_in() -> None:
    told = route(
        InvoiceSent(
            client_id=UUID(int=1),
            number="2026-00001",
            month="2026-10",
            amount="5.00",
            currency="USDT",
            due_on="2026-11-30",
            link="https://desk.example/",
        )
    )
    assert told is not None
    for _, body in [("", told.body), *told.translated.values()]:
        assert body.startswith("5.00 USDT")
        assert body.endswith("https://desk.example/")


def test_frames_tell_the_same_counts() -> None:
    for language in OTHERS:
        for name in ("alike", "bundle", "rest"):
            english = getattr(FRAMES[Language.ENGLISH], name)
            assert places(getattr(FRAMES[language], name)) == places(english)


def test_a_fact_is_put_into_the_words_of_each_language() -> None:
    told = route(PositionUnprotected(account_id=UUID(int=1), symbol="ETHUSDT", seconds=12))
    assert told is not None
    assert told.translated[Language.UKRAINIAN] == (
        "ETHUSDT: позиція без стопа",
        "Уже 12 с біржа не показує захисного стопа.",
    )
    assert told.translated[Language.RUSSIAN][0] == "ETHUSDT: позиция без стопа"
