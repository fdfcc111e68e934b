"""When a window closes its exchange, how far, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.maintenance import (
    CLOSE_AHEAD,
    LENGTH_MAX,
    Closure,
    Window,
    WindowSource,
    WindowState,
    check_times,
    closure_of,
    say,
)
from patriot_app.core.errors import Invalid

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def make_window(**overrides: object) -> Window:
    values: dict[str, object] = {
        "id": UUID(int=1),
        "exchange": Exchange.BINANCE,
        "mode": None,
        "source": WindowSource.OPERATOR,
        "starts_at": NOON,
        "ends_at": NOON + 30 * MINUTE,
        "no_entries_from": NOON - 10 * MINUTE,
        "reason": "Announced",
        "state": WindowState.PLANNED,
    }
    return Window(**{**values, **overrides})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON - 11 * MINUTE, Closure.OPEN),
        (NOON - 10 * MINUTE, Closure.NO_ENTRIES),
        (NOON - MINUTE, Closure.NO_ENTRIES),
        (NOON - CLOSE_AHEAD, Closure.EVERYTHING),
        (NOON + 15 * MINUTE, Closure.EVERYTHING),
        # Past its end it binds until a daemon has recorded that it is over.
        (NOON + 60 * MINUTE, Closure.EVERYTHING),
    ],
)
def test_a_window_closes_step_by_step(at: datetime, expected: Closure) -> None:
    assert make_window().closure(at) is expected


@pytest.mark.parametrize("state", [WindowState.OVER, WindowState.WITHDRAWN])
def test_what_is_over_or_called_off_closes_nothing(state: WindowState) -> None:
    assert make_window(state=state).closure(NOON) is Closure.OPEN


def test_the_strictest_window_of_a_market_decides() -> None:
    later = make_window(starts_at=NOON + 5 * MINUTE)
    windows = [later, make_window(), make_window(exchange=Exchange.BYBIT)]
    binance = Exchange.BINANCE, AccountMode.LIVE
    assert closure_of(windows, *binance, now=NOON) is Closure.EVERYTHING
    assert closure_of([later], *binance, now=NOON) is Closure.NO_ENTRIES
    assert closure_of([later], Exchange.BYBIT, AccountMode.LIVE, now=NOON) is Closure.OPEN


def test_a_window_of_one_mode_leaves_the_others_alone() -> None:
    paper = [make_window(mode=AccountMode.PAPER)]
    assert closure_of(paper, Exchange.BINANCE, AccountMode.LIVE, now=NOON) is Closure.OPEN
    assert closure_of(paper, Exchange.BINANCE, AccountMode.PAPER, now=NOON) is Closure.EVERYTHING


def test_a_window_lasts_as_long_as_its_exchange_says() -> None:
    reported = make_window(state=WindowState.RUNNING, is_reported=True)
    after = NOON + 31 * MINUTE
    assert not reported.is_finished(after)
    assert reported.is_overrun(after)
    assert not reported.is_overrun(NOON + 29 * MINUTE)
    assert replace(reported, is_reported=False).is_finished(after)
    assert not replace(reported, is_reported=False).is_finished(NOON + 29 * MINUTE)


def test_an_operator_has_the_last_word() -> None:
    dismissed = make_window(state=WindowState.RUNNING, is_reported=True, is_dismissed=True)
    assert dismissed.is_finished(NOON + 30 * MINUTE)
    assert not dismissed.is_overrun(NOON + 60 * MINUTE)


def test_a_window_of_unknown_end_lasts_while_it_is_told_of() -> None:
    told = make_window(ends_at=None, is_reported=True)
    assert not told.is_finished(NOON + 90 * MINUTE)
    assert not told.is_overrun(NOON + 90 * MINUTE)
    assert replace(told, is_reported=False).is_finished(NOON)


def test_everybody_is_told_where_when_and_that_stops_stay() -> None:
    assert say(make_window()) == (
        "Binance maintenance 12:00–12:30 UTC: no new orders, your stops stay on the exchange"
    )
    assert "since 12:00 UTC, end not known:" in say(make_window(ends_at=None))
    assert "12:30 UTC, longer than announced:" in say(make_window(overran_at=NOON))


@pytest.mark.parametrize(
    ("starts_in", "lasts", "reason", "field"),
    [
        (5, 0, "why", "ends_at"),
        (-60, 30, "why", "ends_at"),
        (5, LENGTH_MAX / MINUTE + 1, "why", "ends_at"),
        (200 * 24 * 60, 30, "why", "starts_at"),
        (5, 30, "  ", "reason"),
        (5, 30, "x" * 301, "reason"),
    ],
)
def test_bad_times_are_named(starts_in: float, lasts: float, reason: str, field: str) -> None:
    starts_at = NOON + starts_in * MINUTE
    with pytest.raises(Invalid) as caught:
        check_times(starts_at, starts_at + lasts * MINUTE, reason, now=NOON)
    assert set(caught.value.fields) == {field}


def test_a_window_may_begin_at_once_and_may_have_begun() -> None:
    check_times(NOON - 5 * MINUTE, NOON + MINUTE, "Seen on its status page", now=NOON)
