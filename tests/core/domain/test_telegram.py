"""Codes, names and stages of what a chat brings."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.telegram import (
    CODE_BYTES,
    NAME_LENGTH_MAX,
    CodeKind,
    SignInStage,
    code_from,
    code_of_browser,
    deep_link,
    shown_name,
    split_code,
    stage_of,
)


@pytest.mark.parametrize("kind", CodeKind)
def test_a_code_fits_into_the_link_and_comes_back_out_of_it(kind: CodeKind) -> None:
    code = code_from(os.urandom(CODE_BYTES))
    start = deep_link("desk_bot", kind, code).partition("?start=")[2]
    assert len(start) <= 64
    assert split_code(start) == (kind, code)


def test_a_code_without_a_prefix_is_for_a_registration() -> None:
    assert split_code(" AAAAAAAAAAAAAAAAAAAAAA ") == (
        CodeKind.REGISTRATION,
        "AAAAAAAAAAAAAAAAAAAAAA",
    )


@pytest.mark.parametrize("text", ["", "link_", "link_short", "A" * 23, "pay_" + "A" * 22, "/start"])
def test_other_text_is_no_code(text: str) -> None:
    assert split_code(text) is None


def test_the_chats_code_does_not_give_the_browsers_secret_away() -> None:
    secret = "s" * 43
    assert secret not in code_of_browser(secret)
    assert code_of_browser(secret) == code_of_browser(secret) != code_of_browser(secret + "t")


@given(
    first=st.text(), last=st.text(), username=st.from_regex(r"[A-Za-z0-9_]{0,32}", fullmatch=True)
)
def test_a_shown_name_is_short_and_steers_nothing(first: str, last: str, username: str) -> None:
    shown = shown_name(first, last, username)
    assert 0 < len(shown) <= NAME_LENGTH_MAX
    assert shown.isprintable() or " " in shown
    assert not {"\u202e", "\n", "\x1b", "\u200b"} & set(shown)
    assert not username or shown.endswith(f"(@{username})")


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ({}, SignInStage.WAITING),
        ({"is_asked": True}, SignInStage.ASKED),
        ({"is_asked": True, "answer": "yes"}, SignInStage.YES),
        ({"is_asked": True, "answer": "yes", "is_late": True}, SignInStage.YES),
        ({"is_asked": True, "answer": "no", "is_expired": True}, SignInStage.NO),
        ({"is_asked": True, "is_late": True}, SignInStage.OVER),
        ({"is_expired": True}, SignInStage.OVER),
        ({"is_asked": True, "answer": "yes", "is_used": True}, SignInStage.OVER),
        ({"is_asked": True, "answer": "yes", "is_expired": True}, SignInStage.OVER),
    ],
)
def test_the_stage_follows_from_what_happened(known: dict[str, object], stage: SignInStage) -> None:
    nothing = {
        "is_asked": False,
        "answer": "",
        "is_used": False,
        "is_expired": False,
        "is_late": False,
    }
    assert stage_of(**(nothing | known)) is stage  # type: ignore[arg-type]
