"""Accounts in words: can it trade now, and if not, why."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.web.console.accounts.rows import account_row
from tests.web.console.read_models import ID, NOW

ACCOUNT = AccountSummary(
    id=ID,
    label="Main",
    client_id=ID,
    client_name="Ada",
    exchange="binance",
    mode="paper",
    status="active",
    status_reason="",
    is_demo=False,
    shard=3,
    created_at=NOW,
    is_ready=True,
    not_ready_reason="",
    parked_reason="",
    equity=Decimal(10_000),
    wallet_balance=Decimal(10_000),
    unrealised_pnl=Decimal(0),
    available_balance=Decimal(9_000),
    initial_margin=Decimal(1_000),
    day_profit=Decimal(12),
    drawdown_fraction=Decimal("0.031"),
    open_positions=1,
    unprotected_positions=0,
    credential_id=ID,
    key_status="verified",
    masked_key="abcd…wxyz",
    key_checked_at=NOW,
    key_expires_at=None,
    observed_at=NOW,
    stream_at=NOW,
    synced_at=NOW,
    sync_error="",
)


@pytest.mark.parametrize(
    ("changes", "readiness", "why"),
    [
        ({}, "ready", ""),
        ({"parked_reason": "Hedge mode"}, "parked", "Hedge mode"),
        ({"status": "suspended", "status_reason": "Asked to"}, "off", "Asked to"),
        ({"is_ready": False, "not_ready_reason": "No leverage"}, "waiting", "No leverage"),
        ({"is_ready": False, "key_status": ""}, "waiting", "Connect a key first"),
        (
            {"is_ready": False, "key_status": "rejected"},
            "waiting",
            "Its key was refused; connect another one",
        ),
    ],
)
def test_what_keeps_an_account_from_trading_is_named(
    changes: dict[str, object], readiness: str, why: str
) -> None:
    row = account_row(replace(ACCOUNT, **changes), now=NOW)  # type: ignore[arg-type]
    assert (row.readiness, row.why) == (readiness, why)


def test_money_older_than_thirty_seconds_is_stale() -> None:
    assert account_row(ACCOUNT, now=NOW + timedelta(seconds=30)).money == "fresh"
    assert account_row(ACCOUNT, now=NOW + timedelta(seconds=31)).money == "stale"
    assert account_row(replace(ACCOUNT, observed_at=None), now=NOW).money == "never"


def test_a_key_is_marked_only_when_its_end_is_near() -> None:
    far = replace(ACCOUNT, key_expires_at=NOW + timedelta(days=90))
    near = replace(ACCOUNT, key_expires_at=NOW + timedelta(days=3))
    assert account_row(far, now=NOW).expiry == ""
    assert account_row(near, now=NOW).expiry == "Expires in 3 days"


def test_an_account_without_a_key_says_so() -> None:
    row = account_row(replace(ACCOUNT, key_status="", credential_id=None), now=NOW)
    assert (row.key, row.key_id) == ("none", "")


def test_positions_without_a_stop_are_counted() -> None:
    row = account_row(replace(ACCOUNT, unprotected_positions=2), now=NOW)
    assert row.unprotected == "2 positions without a live stop"
