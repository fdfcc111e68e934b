"""The desk in words."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from patriot_app.core.queries.exceptions import ExceptionView
from patriot_app.core.queries.overview import Beat, Overview
from patriot_app.core.queries.system import MarketTime, Readiness
from patriot_app.web.console.overview.rows import (
    daemon_figure,
    daemon_hint,
    inbox_row,
    totals,
)
from patriot_app.web.parts.machinery import market_hint, ready_hint
from tests.web.console.read_models import ID, NOW


def make_overview(**overrides: Any) -> Overview:
    figures: dict[str, Any] = {
        "clients": 3,
        "accounts": 3,
        "ready_accounts": 2,
        "parked_accounts": 0,
        "stale_accounts": 0,
        "equity": Decimal("30000.5"),
        "day_profit": Decimal("-12.5"),
        "day_return": Decimal("-0.0004"),
        "unrealised_pnl": Decimal(0),
        "available_balance": Decimal(20_000),
        "initial_margin": Decimal(10_000),
        "drawdown_fraction": Decimal("0.01"),
        "long_exposure": Decimal(20_000),
        "short_exposure": Decimal(5_000),
        "open_positions": 2,
        "unprotected_positions": 0,
        "unprotected_since": None,
        "running_deployments": 2,
        "paused_deployments": 1,
        "active_halts": 0,
        "unknown_orders": 0,
        "working_orders": 4,
        "fills_of_day": 9,
        "oldest_figure_at": NOW,
        "beats": (),
    }
    return Overview(**(figures | overrides))


def make_beat(age_s: int, process: str = "trader-1") -> Beat:
    return Beat(process, "all", "", NOW, NOW, Decimal(age_s))


def test_totals_state_what_they_cover() -> None:
    shown = totals(make_overview(), now=NOW)
    assert (shown.equity.text, shown.equity_hint) == ("30,000.50", "3 clients, 3 accounts")
    assert (shown.day.text, shown.day.tone) == ("−12.50", "negative")
    assert (shown.net.text, shown.net_hint) == ("15,000", "long 20,000, short 5,000")
    assert shown.gross_hint == "0.83 times the equity"
    assert shown.running_hint == "4 orders working, 1 paused"
    assert shown.unprotected.tone == "positive"


def test_a_missing_stop_and_old_figures_stand_out() -> None:
    shown = totals(
        make_overview(
            unprotected_positions=2,
            unprotected_since=NOW - timedelta(seconds=34),
            stale_accounts=1,
        ),
        now=NOW,
    )
    assert (shown.unprotected.tone, shown.unprotected_hint) == ("negative", "longest for 34 s")
    assert shown.stale.startswith("The figures of 1 account is older than 30 s")


def test_the_daemon_is_as_alive_as_its_newest_beat() -> None:
    beats = [make_beat(40, "trader-0"), make_beat(2)]
    assert daemon_figure(beats).text == "Running"
    assert daemon_hint(beats) == "trader-1, beat 2 s ago, 1 other silent"
    assert daemon_figure([make_beat(16)]).tone == "negative"
    assert daemon_figure([]).text == "Never seen"


def test_readiness_names_what_is_left() -> None:
    assert ready_hint(Readiness(100, 61, 2, None, None, ())) == "39 warming up, 2 parked"
    assert ready_hint(Readiness(3, 3, 0, None, None, ())) == "all may trade"


@pytest.mark.parametrize(
    ("speed", "is_paused", "is_finished", "words"),
    [
        (1.0, False, False, "UTC, real time"),
        (120.0, False, False, "UTC, 120 times faster than the wall"),
        (60.0, True, False, "paused"),
        (60.0, False, True, "the replay has ended; prices stand still"),
    ],
)
def test_the_market_clock_says_how_it_runs(
    speed: float, is_paused: bool, is_finished: bool, words: str
) -> None:
    assert market_hint(MarketTime(NOW, speed, is_paused, is_finished, None, None)) == words


def test_the_inbox_leads_to_where_it_can_be_mended() -> None:
    order = ExceptionView(
        "unknown_order",
        "critical",
        ID,
        "Binance paper",
        "Ada",
        "Order ptpaaaaaaaaaaaaaaaaaaaaaaaa-1 is unknown",
        "",
        NOW,
        ID,
    )
    row = inbox_row(0, order, now=NOW)
    assert row.title == "Order …aaaaaa-1 is unknown"
    assert row.href == f"/orders?id={ID}"
    stop = ExceptionView("unprotected", "critical", ID, "A", "Ada", "No stop", "x", NOW, None)
    assert inbox_row(0, stop, now=NOW).href == f"/positions?account_id={ID}"
