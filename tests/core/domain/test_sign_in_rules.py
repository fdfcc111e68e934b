"""Passwords, one-time codes and waits, as pure rules."""

from datetime import UTC, datetime, timedelta

import pytest

from patriot_app.core.domain.one_time_codes import accepted_step, code_at, step_at
from patriot_app.core.domain.passwords import is_common, validate_password
from patriot_app.core.domain.throttling import (
    ALARM_TRIES,
    wait_of_address,
    wait_of_person,
    wait_of_stranger,
)
from patriot_app.core.domain.users import normalise_email
from patriot_app.core.errors import Invalid

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(RFC_SEED, step_at(datetime.fromtimestamp(seconds, UTC))) == code


def test_a_code_is_accepted_one_step_around_now_and_once() -> None:
    step = step_at(NOW)
    for drift in (-1, 0, 1):
        code = code_at(RFC_SEED, step + drift)
        assert accepted_step(RFC_SEED, code, now=NOW, last_step=None) == step + drift
    early = code_at(RFC_SEED, step - 2)
    assert accepted_step(RFC_SEED, early, now=NOW, last_step=None) is None
    assert accepted_step(RFC_SEED, code_at(RFC_SEED, step), now=NOW, last_step=step) is None


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "aaaaaaaaaaaaaaaaaa", "my.name is easy to guess"]
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        validate_password(password, email="my.name@mail.example", is_staff=False)


def test_staff_need_three_characters_more() -> None:
    validate_password("twelve chars", email="a@b.example", is_staff=False)
    with pytest.raises(Invalid):
        validate_password("twelve chars", email="a@b.example", is_staff=True)


def test_the_wait_doubles_after_five_failures_and_ends_at_five_minutes() -> None:
    def wait(failures: int) -> float:
        return wait_of_person([NOW] * failures, now=NOW).total_seconds()

    assert [wait(count) for count in (4, 5, 6, 7, 40)] == [0, 1, 2, 4, 300]


def test_an_address_waits_until_its_fiftieth_last_failure_is_an_hour_old() -> None:
    failures = [NOW - timedelta(minutes=50)] * 49
    assert wait_of_address(failures, now=NOW) == timedelta(0)
    assert wait_of_address([*failures, NOW], now=NOW) == timedelta(minutes=10)


@pytest.mark.parametrize("given", ["", "a", "a@b", "a b@c.example", "@c.example"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        normalise_email(given)
    assert normalise_email(" A@B.Example ") == "a@b.example"


@pytest.mark.parametrize(
    "password",
    [
        "1qaz2wsx3edc",
        "qwertyuiop12",
        "987654321098",
        "password1234",
        "P@ssw0rd2024!!",
        "Liverpool2023!!",
        "dragonmonkey12",
    ],
)
def test_what_everybody_tries_first_is_refused_however_it_is_dressed_up(password: str) -> None:
    assert is_common(password)
    with pytest.raises(Invalid, match="tries this one first"):
        validate_password(password, email="a@b.example", is_staff=False)


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "twelve chars", "Zb7-kkQ2_vvLp"]
)
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    assert not is_common(password)


def test_strange_addresses_take_turns_while_somebody_is_guessed_at() -> None:
    just_now = NOW - timedelta(seconds=4)
    assert wait_of_stranger(ALARM_TRIES - 1, just_now, now=NOW) == timedelta(0)
    assert wait_of_stranger(ALARM_TRIES, just_now, now=NOW) == timedelta(seconds=6)
    assert wait_of_stranger(10_000, NOW - timedelta(seconds=10), now=NOW) == timedelta(0)
