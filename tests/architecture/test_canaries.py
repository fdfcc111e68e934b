"""The search for planted secrets finds them: a search that finds nothing anywhere proves nothing."""

import base64
import json
import pickle
from urllib.parse import quote

import pytest

from tests.canaries import Canaries

TEXT = 'Kanari"envogel/+ 0123456789'
RAW = bytes(range(200, 232))


def searching() -> Canaries:
    canaries = Canaries()
    canaries.plant("text", TEXT)
    canaries.plant("raw", RAW)
    return canaries


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
def test_a_secret_within_base64_is_found_at_each_alignment(before: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for kind, secret in (("text", TEXT.encode()), ("raw", RAW)):
            leaked = encode(before.encode() + secret + b"and more")
            assert searching().found_in(b"Basic " + leaked) == [kind]


@pytest.mark.parametrize(
    "leaked",
    [
        f"password={TEXT}",
        json.dumps({"password": TEXT}),
        f"/sign-in?password={quote(TEXT, safe='')}",
        "\\x" + TEXT.encode().hex(),
        TEXT.encode().hex().upper(),
        pickle.dumps({"password": TEXT}),
    ],
)
def test_a_leaked_text_is_found_in_whatever_form(leaked: str | bytes) -> None:
    assert searching().found_in(leaked) == ["text"]


@pytest.mark.parametrize("leaked", [RAW, repr(RAW), RAW.hex(), pickle.dumps([RAW])])
def test_leaked_bytes_are_found_in_whatever_form(leaked: str | bytes) -> None:
    assert searching().found_in(leaked) == ["raw"]


def test_each_place_with_a_leak_is_named_and_no_other() -> None:
    places = {"the log": "nothing at all", "the database": f"a row with {TEXT}"}
    assert searching().leaks(places) == {"the database": ["text"]}


def test_a_secret_too_short_to_be_told_from_chance_is_not_planted() -> None:
    with pytest.raises(AssertionError):
        Canaries().plant("short", "123456")
