"""The lines of the Limits page say what still may leave, and when they are old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from patriot_app.core.queries.rate_budgets import RateBudget, RateSummary
from patriot_app.web.console.limits.rows import budget_row, totals

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BUDGET = RateBudget(
    process="desk-1",
    told_at=NOW - timedelta(seconds=2),
    exchange="bybit",
    mode="paper",
    address="127.0.0.2",
    budget=Decimal(600),
    window_s=Decimal(5),
    used=Decimal(120),
    reserve=Decimal(120),
    margin=Decimal(120),
    silent_s=Decimal(0),
    waiting_exit=Decimal(0),
    waiting_resolution=Decimal(1),
    waiting_take_over=Decimal(2),
    waiting_entry=Decimal(3),
    waiting_background=Decimal(0),
    accounts=Decimal(40),
    accounts_max=Decimal(180),
    read_at_once=Decimal(54),
    connections=Decimal(201),
    connections_max=Decimal(200),
    opened=Decimal(12),
    opened_max=Decimal(500),
    risk_account=None,
    risk_label=None,
    risk_used=None,
    risk_limit=None,
    risk_window_s=None,
    fan_out_s=Decimal(0),
)


def test_an_address_is_shown_with_its_shares_and_lanes() -> None:
    row = budget_row(BUDGET, now=NOW)
    assert (row.exchange, row.address, row.state) == (
        "Bybit v5 linear · paper",
        "127.0.0.2",
        "open",
    )
    assert (row.used.text, row.used.tone) == ("120 / 600 in 5 s", "neutral")
    assert row.shares == "120 for exits, 120 never"
    assert row.waiting == "1 look-ups, 2 take-overs, 3 entries"
    assert (row.connections.text, row.connections.tone) == ("201 / 200", "negative")
    assert (row.opened.text, row.opened.tone) == ("12 / 500", "neutral")
    assert (row.fan_out, row.risk) == ("at once", "no account is near")


@pytest.mark.parametrize(
    ("accounts", "at_once", "said", "tone"),
    [
        (40, Decimal(54), "all at once", "neutral"),
        (36, Decimal(18), "18 at once, all in 5 s", "neutral"),
        (55, Decimal(18), "18 at once, all in 15 s", "negative"),
        (40, None, "—", "neutral"),
    ],
)
def test_an_address_says_how_soon_its_accounts_are_read_afresh(
    accounts: int, at_once: Decimal | None, said: str, tone: str
) -> None:
    budget = replace(BUDGET, accounts=Decimal(accounts), read_at_once=at_once)
    reading = budget_row(budget, now=NOW).reading
    assert (reading.text, reading.tone) == (said, tone)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"used": Decimal(360)}, "tight"),
        ({"silent_s": Decimal(7)}, "silent"),
        ({"silent_s": Decimal(7), "told_at": NOW - timedelta(seconds=16)}, "stale"),
    ],
)
def test_the_state_says_what_is_in_the_way(changes: dict[str, object], state: str) -> None:
    assert budget_row(replace(BUDGET, **changes), now=NOW).state == state  # type: ignore[arg-type]


def test_an_account_near_its_limit_is_named() -> None:
    near = replace(
        BUDGET,
        risk_account=UUID(int=7),
        risk_label="Main",
        risk_used=Decimal(8),
        risk_limit=Decimal(10),
        risk_window_s=Decimal(1),
    )
    assert budget_row(near, now=NOW).risk == "Main: 8 / 10 in 1 s"


def test_the_sum_of_nothing_is_empty() -> None:
    shown = totals(RateSummary(0, Decimal(0), None, 0, Decimal(0), None))
    assert (shown.used.text, shown.fan_out) == ("—", "—")


def test_the_sum_tells_the_longest_wait() -> None:
    shown = totals(RateSummary(2, Decimal(80), Decimal("0.9"), 1, Decimal(4), Decimal("12.5")))
    assert (shown.used.text, shown.used.tone, shown.fan_out) == ("90%", "negative", "12.5 s")
    assert shown.silent.tone == "negative"
