"""The catalogue: each key in every language, with the same values, as markup that Telegram takes."""

import re
from string import Formatter

import pytest

from daemon.telegram.presenter import ALWAYS
from daemon.telegram.screens.registry import SCREENS
from daemon.telegram.words import CATALOGUE, ENGLISH, say
from tests.bot_api.markup import plain_text

LANGUAGES = sorted(CATALOGUE)


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_key_and_no_other(language: str) -> None:
    assert set(CATALOGUE[language]) == set(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_tells_the_same_values(language: str) -> None:
    words = CATALOGUE[language]
    assert {key: values_of(text) for key, text in words.items()} == {
        key: values_of(text) for key, text in ENGLISH.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_markup_that_telegram_takes(language: str) -> None:
    for text in CATALOGUE[language].values():
        assert plain_text(re.sub(r"\{[^}]*\}", "x", text)).strip()


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_a_translation_is_one(language: str) -> None:
    same = {key for key, text in CATALOGUE[language].items() if text == ENGLISH[key]}
    worded = {
        key for key in same if re.search("[a-z]{3}", re.sub(r"\{[^}]*\}|<[^>]*>", "", ENGLISH[key]))
    }
    assert worded == set()


def test_a_value_is_shown_as_it_is_and_holds_no_markup() -> None:
    said = say("en", "account.line", label="</b><a href='x'>{amount}", amount="1")
    assert plain_text(said) == "</b><a href='x'>{amount}: 1"


def test_an_unknown_language_is_answered_in_english() -> None:
    assert say("xx", "trades.none") == ENGLISH["trades.none"]


def test_every_command_says_in_the_menu_what_it_does() -> None:
    for name in (*SCREENS, *ALWAYS):
        assert 0 < len(ENGLISH[f"menu.{name}"]) <= 256
