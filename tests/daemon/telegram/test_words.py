"""The catalogue: each key in every language, with the same values, as markup that Telegram takes."""

import re
from pathlib import Path
from string import Formatter

import pytest

from daemon.telegram.presenter import ALWAYS
from daemon.telegram.routers.commands import ALIASES
from daemon.telegram.screens.registry import SCREENS
from daemon.telegram.words import CATALOGUE, ENGLISH, say
from daemon.telegram.words.refusals import TRANSLATED, refusal
from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.services.telegram import menus
from tests.bot_api.markup import plain_text

LANGUAGES = sorted(CATALOGUE)
ROOT = Path(__file__).parents[3]


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


def test_every_command_stands_in_the_document() -> None:
    commands = {act for act in MATRIX.bot if act.startswith("/")} | {f"/{one}" for one in ALIASES}
    told = set(re.findall(r"`(/[a-z]+)", (ROOT / "docs" / "telegram.md").read_text("utf-8")))
    assert commands - told == set()


def test_another_name_of_a_command_leads_to_a_screen() -> None:
    assert {name for name, _ in ALIASES.values()} <= set(SCREENS)
    assert not set(ALIASES) & set(SCREENS)


@pytest.mark.parametrize("why", sorted(TRANSLATED))
def test_a_refusal_has_both_translations_and_is_still_worded_so(why: str) -> None:
    assert set(TRANSLATED[why]) == {"uk", "ru"}
    assert all(re.search("[а-яіїє]{3}", one) for one in TRANSLATED[why].values())
    sources = (ROOT / "patriot_app" / "core" / "services").rglob("*.py")
    assert any(why in one.read_text("utf-8") for one in sources)


def test_every_refusal_of_the_chats_own_services_is_translated() -> None:
    folder = ROOT / "patriot_app" / "core" / "services" / "telegram"
    fixed = {
        found
        for one in folder.glob("*.py")
        for found in re.findall(r'^[A-Z_]+ = "([A-Z][^"]+ [^"]+\.)"$', one.read_text("utf-8"), re.M)
    }
    assert menus.STALE in fixed
    assert fixed <= set(TRANSLATED)


def test_a_refusal_that_nobody_translated_is_said_as_it_came() -> None:
    assert refusal("uk", "Main is paused already") == "Main is paused already"
    assert refusal("uk", menus.STALE) != refusal("en", menus.STALE) == menus.STALE
