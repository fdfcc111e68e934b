from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.credentials import KeyPermissions, admission

NOW = datetime(2026, 11, 2, tzinfo=UTC)
GOOD = KeyPermissions(
    can_read=True,
    can_trade=True,
    can_move_money=False,
    is_ip_bound=True,
    exchange_uid="42",
    is_one_way=True,
    expires_at=None,
)


def refusals(mode: AccountMode = AccountMode.LIVE, **overrides: Any) -> tuple[str, ...]:
    return admission(replace(GOOD, **overrides), mode=mode, require_bound_ip=True, now=NOW)


def test_a_key_that_can_only_trade_is_admitted() -> None:
    assert refusals() == ()
    assert refusals(is_one_way=None) == ()
    assert refusals(expires_at=NOW + timedelta(days=1)) == ()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"can_move_money": True}, "without any withdrawal"),
        ({"can_read": False}, "Enable reading"),
        ({"can_trade": False}, "Enable futures trading"),
        ({"is_ip_bound": False}, "Restrict it"),
        ({"is_one_way": False}, "switch it to one-way mode"),
        ({"expires_at": NOW}, "Create a new one"),
    ],
)
def test_each_refusal_says_what_to_do(overrides: dict[str, Any], words: str) -> None:
    (sentence,) = refusals(**overrides)
    assert words in sentence


def test_a_key_that_can_move_money_is_refused_in_every_mode() -> None:
    for mode in AccountMode:
        assert refusals(mode, can_move_money=True)


def test_paper_keys_need_no_bound_address() -> None:
    assert refusals(AccountMode.PAPER, is_ip_bound=False) == ()


def test_all_refusals_are_told_at_once() -> None:
    assert len(refusals(can_move_money=True, can_trade=False, is_ip_bound=False)) == 3
