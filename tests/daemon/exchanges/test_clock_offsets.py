"""What is signed is never ahead of the exchange, however slow its answer was."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from daemon.exchanges.clock_offsets import ROUND_TRIP_S_MAX, ClockOffsets
from daemon.exchanges.wire import milliseconds_of
from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.accounts import AccountMode, Exchange

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
KEY = Exchange.BINANCE, AccountMode.PAPER
AHEAD_MS_MAX = 1_000
"""Both exchanges refuse what is signed further ahead of their own time."""


def learn(offsets: ClockOffsets, *, round_trip_s: float, read_at_s: float, asked: float) -> None:
    """Take a reading of an exchange whose clock shows noon at monotonic zero."""
    offsets.learn(
        *KEY,
        server=NOON + timedelta(seconds=asked + read_at_s),
        asked=asked,
        answered=asked + round_trip_s,
    )


def ahead_ms(offsets: ClockOffsets, clock: FrozenClock) -> float:
    truth = milliseconds_of(NOON + timedelta(seconds=clock.monotonic()))
    return offsets.timestamp_ms(*KEY) - truth


@given(
    round_trip_s=some.floats(min_value=0, max_value=60),
    share=some.floats(min_value=0, max_value=1),
)
def test_a_first_reading_never_signs_ahead(round_trip_s: float, share: float) -> None:
    clock = FrozenClock(NOON)
    offsets = ClockOffsets(clock)
    learn(offsets, round_trip_s=round_trip_s, read_at_s=round_trip_s * share, asked=0.0)
    assert ahead_ms(offsets, clock) <= AHEAD_MS_MAX / 2 + 1


def test_a_good_reading_takes_the_place_of_a_slow_one_and_not_the_other_way_round() -> None:
    clock = FrozenClock(NOON)
    offsets = ClockOffsets(clock)
    learn(offsets, round_trip_s=8.0, read_at_s=1.0, asked=0.0)
    assert ahead_ms(offsets, clock) == pytest.approx(-7_000, abs=1)
    learn(offsets, round_trip_s=0.2, read_at_s=0.1, asked=10.0)
    assert ahead_ms(offsets, clock) == pytest.approx(0, abs=1)
    learn(offsets, round_trip_s=ROUND_TRIP_S_MAX * 2, read_at_s=0.0, asked=20.0)
    assert ahead_ms(offsets, clock) == pytest.approx(0, abs=1)
