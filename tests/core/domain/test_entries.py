"""How a signal enters: prices on the right side, ends in time, rules named by field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.entries import (
    AT_MARKET,
    BOUNDARY,
    Entry,
    check_entry,
    is_equal_or_better,
    limit_entry,
    next_boundary,
    round_entry,
    stop_entry,
)
from patriot_app.core.domain.orders import OrderType, Side, TimeInForce
from tests.factories.market import MARKET_NOW, make_instrument

PRICES = st.decimals(min_value="0.2", max_value="200000", places=4)
SIDES = st.sampled_from(Side)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - the zone is given beside it
    max_value=datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(moment=MOMENTS)
def test_the_next_boundary_is_a_multiple_of_four_hours_and_comes_after(moment: datetime) -> None:
    boundary = next_boundary(moment)
    assert moment < boundary <= moment + BOUNDARY
    assert (boundary.hour % 4, boundary.minute, boundary.second) == (0, 0, 0)


def test_an_entry_made_at_a_boundary_lives_until_the_next_one() -> None:
    at = datetime(2026, 1, 15, 20, 0, tzinfo=UTC)
    assert next_boundary(at) == datetime(2026, 1, 16, 0, 0, tzinfo=UTC)


@given(price=PRICES, side=SIDES)
def test_a_limit_price_is_never_rounded_to_one_that_costs_more(price: Decimal, side: Side) -> None:
    instrument = make_instrument()
    rounded = round_entry(instrument, price, side=side)
    assert rounded % instrument.tick_size == 0
    assert is_equal_or_better(rounded, side=side, than=price)
    assert abs(rounded - price) < instrument.tick_size


@pytest.mark.parametrize(
    ("side", "price", "is_better"),
    [
        (Side.BUY, "100", True),
        (Side.BUY, "99", True),
        (Side.BUY, "101", False),
        (Side.SELL, "101", True),
        (Side.SELL, "99", False),
    ],
)
def test_cheaper_is_better_to_buy_and_dearer_to_sell(
    side: Side, price: str, is_better: bool
) -> None:
    assert is_equal_or_better(Decimal(price), side=side, than=Decimal(100)) is is_better


@pytest.mark.parametrize("time_in_force", list(TimeInForce))
def test_only_what_rests_has_an_end(time_in_force: TimeInForce) -> None:
    entry = limit_entry(Decimal(100), time_in_force=time_in_force, market_now=MARKET_NOW)
    rests = time_in_force in {TimeInForce.GTC, TimeInForce.POST_ONLY}
    assert entry.rests is rests
    assert (entry.expires_at is not None) is rests


def test_a_life_counts_from_now() -> None:
    life = timedelta(minutes=30)
    entry = limit_entry(
        Decimal(100), time_in_force=TimeInForce.GTC, market_now=MARKET_NOW, life=life
    )
    assert entry.expires_at == MARKET_NOW + life


@pytest.mark.parametrize(
    ("entry", "side", "field"),
    [
        (Entry(OrderType.LIMIT, None, TimeInForce.IOC), Side.BUY, "entry_price"),
        (Entry(OrderType.LIMIT, Decimal(0), TimeInForce.IOC), Side.BUY, "entry_price"),
        (Entry(OrderType.LIMIT, Decimal(99), None), Side.BUY, "time_in_force"),
        (Entry(OrderType.LIMIT, Decimal(99), TimeInForce.GTC), Side.BUY, "expires_at"),
        (
            Entry(OrderType.LIMIT, Decimal(99), TimeInForce.FOK, MARKET_NOW),
            Side.BUY,
            "expires_at",
        ),
        (Entry(OrderType.MARKET, Decimal(99)), Side.BUY, "entry_price"),
        (Entry(OrderType.TAKE_PROFIT_MARKET), Side.BUY, "entry_type"),
        (Entry(OrderType.STOP_MARKET), Side.BUY, "trigger_price"),
        (Entry(OrderType.MARKET, trigger_price=Decimal(101)), Side.BUY, "trigger_price"),
        (stop_entry(Decimal(0), market_now=MARKET_NOW), Side.BUY, "trigger_price"),
        (stop_entry(Decimal(100), market_now=MARKET_NOW), Side.BUY, "trigger_price"),
        (stop_entry(Decimal(101), market_now=MARKET_NOW), Side.SELL, "trigger_price"),
        (stop_entry(Decimal(101), market_now=MARKET_NOW), None, "entry_type"),
        (
            stop_entry(Decimal(101), price=Decimal(-1), market_now=MARKET_NOW),
            Side.BUY,
            "entry_price",
        ),
        (
            replace(stop_entry(Decimal(101), market_now=MARKET_NOW), price=Decimal(102)),
            Side.BUY,
            "entry_price",
        ),
        (
            replace(stop_entry(Decimal(101), market_now=MARKET_NOW), expires_at=None),
            Side.BUY,
            "expires_at",
        ),
        (Entry(OrderType.LIMIT, Decimal(99), TimeInForce.IOC), None, "entry_type"),
        (
            Entry(OrderType.LIMIT, Decimal(100), TimeInForce.POST_ONLY, MARKET_NOW),
            Side.BUY,
            "entry_price",
        ),
        (
            Entry(OrderType.LIMIT, Decimal(99), TimeInForce.POST_ONLY, MARKET_NOW),
            Side.SELL,
            "entry_price",
        ),
    ],
)
def test_what_makes_no_sense_is_named_by_its_field(
    entry: Entry, side: Side | None, field: str
) -> None:
    assert list(check_entry(entry, side=side, reference_price=Decimal(100))) == [field]


@pytest.mark.parametrize(
    "entry",
    [
        AT_MARKET,
        Entry(OrderType.LIMIT, Decimal(101), TimeInForce.GTC, MARKET_NOW),
        Entry(OrderType.LIMIT, Decimal(99), TimeInForce.POST_ONLY, MARKET_NOW),
        Entry(OrderType.LIMIT, Decimal(99), TimeInForce.FOK),
        stop_entry(Decimal(101), market_now=MARKET_NOW),
        stop_entry(Decimal(101), price=Decimal(102), market_now=MARKET_NOW),
    ],
)
def test_what_makes_sense_has_no_complaint(entry: Entry) -> None:
    assert check_entry(entry, side=Side.BUY, reference_price=Decimal(100)) == {}
