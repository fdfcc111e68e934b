from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.candles import (
    MINUTE,
    Candle,
    CandleFault,
    aggregate,
    bucket_start,
    find_problems,
    is_interval_end,
)
from tests.factories.market import MARKET_NOW, make_candle


def series(count: int, *, skip: set[int] | None = None) -> list[Candle]:
    return [
        make_candle(
            opened_at=MARKET_NOW + n * MINUTE, close=str(100 + n), low="90", high=str(200 + n)
        )
        for n in range(count)
        if n not in (skip or set())
    ]


def test_five_minutes_make_one_bar() -> None:
    (bar,) = aggregate(series(5), interval_minutes=5)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (100, 204, 90, 104, 5)
    assert (bar.opened_at, bar.closed_at) == (MARKET_NOW, MARKET_NOW + timedelta(minutes=5))


def test_a_bar_that_lacks_a_minute_is_left_out() -> None:
    bars = aggregate(series(12, skip={3}), interval_minutes=5)
    assert [bar.opened_at for bar in bars] == [MARKET_NOW + 5 * MINUTE]


def test_a_minute_that_came_twice_spoils_its_bar() -> None:
    assert aggregate([*series(4), series(1)[0]], interval_minutes=5) == []


def test_one_minute_bars_stay_as_they_are() -> None:
    assert aggregate(series(3), interval_minutes=1) == series(3)


def test_the_end_of_an_interval_is_known() -> None:
    assert is_interval_end(MARKET_NOW, interval_minutes=60)
    assert not is_interval_end(MARKET_NOW + MINUTE, interval_minutes=5)
    moment = MARKET_NOW + timedelta(minutes=7, seconds=30)
    assert bucket_start(moment, interval_minutes=5) == MARKET_NOW + 5 * MINUTE


def test_gaps_repetitions_and_steps_back_are_found() -> None:
    bars = series(6, skip={2, 3})
    (gap,) = find_problems(bars)
    assert (gap.fault, gap.missing) == (CandleFault.GAP, 2)
    faults = [each.fault for each in find_problems([bars[0], bars[1], bars[1], bars[0]])]
    assert faults == [CandleFault.DUPLICATE, CandleFault.OUT_OF_ORDER]


@given(count=st.integers(0, 130), interval=st.sampled_from([1, 5, 15, 60]))
def test_joining_loses_no_volume_of_whole_bars(count: int, interval: int) -> None:
    bars = aggregate(series(count), interval_minutes=interval)
    assert len(bars) == count // interval
    assert sum((bar.volume for bar in bars), Decimal(0)) == count // interval * interval
    assert find_problems(bars, interval_minutes=interval) == ()
