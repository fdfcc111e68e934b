"""Codes by which customers recommend the desk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.referrals import (
    CODE_LENGTH,
    PREFIX,
    chat_link,
    code_from,
    from_start,
    normalise,
    web_link,
)
from patriot_app.core.domain.telegram import split_code

CODES = st.binary(min_size=CODE_LENGTH, max_size=CODE_LENGTH).map(code_from)


@given(CODES)
def test_a_code_is_found_again_however_it_is_typed(code: str) -> None:
    assert normalise(f" {code[:4].lower()}-{code[4:]} ") == code
    assert from_start(f"{PREFIX}{code}") == code


@given(CODES)
def test_a_code_is_no_one_time_code(code: str) -> None:
    assert split_code(f"{PREFIX}{code}") is None
    assert split_code(code) is None


@pytest.mark.parametrize("text", ["", "ABC", "ABCD2340", "ABCDI234", "<b>ABCD2</b>", "ABCD23456"])
def test_other_text_is_no_code(text: str) -> None:
    assert normalise(text) is None
    assert from_start(text) is None


def test_links_carry_the_code() -> None:
    assert (
        web_link("https://desk.example/", "ABCD2345") == "https://desk.example/join?code=ABCD2345"
    )
    assert chat_link("desk_bot", "ABCD2345") == "https://t.me/desk_bot?start=ref_ABCD2345"
