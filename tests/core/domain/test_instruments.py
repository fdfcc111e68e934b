from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.instruments import (
    Toward,
    bracket_for,
    leverage_cap,
    notional_cap,
    notional_of,
    quantity_least,
    round_price,
    round_quantity_down,
    round_trigger,
)
from patriot_app.core.domain.orders import Leg, Side
from tests.factories.market import make_instrument

prices = st.decimals(min_value="0.5", max_value="200000", places=9)
quantities = st.decimals(min_value="0", max_value="5000", places=12)
ticks = st.sampled_from(["0.1", "0.01", "0.00001", "1", "0.5", "0.025"])


@given(price=prices, tick=ticks)
def test_a_rounded_price_is_on_the_grid_and_within_one_tick(price: Decimal, tick: str) -> None:
    instrument = make_instrument(tick_size=tick)
    down = round_price(instrument, price, toward=Toward.DOWN)
    up = round_price(instrument, price, toward=Toward.UP)
    assert down % Decimal(tick) == 0
    assert up % Decimal(tick) == 0
    assert down <= price <= up
    assert up - down in {Decimal(0), Decimal(tick)}


@given(quantity=quantities, step=ticks)
def test_rounding_a_quantity_never_adds_to_it(quantity: Decimal, step: str) -> None:
    rounded = round_quantity_down(make_instrument(step_size=step), quantity)
    assert rounded % Decimal(step) == 0
    assert 0 <= quantity - rounded < Decimal(step)


@given(price=prices, step=st.sampled_from(["0.001", "0.1", "1", "0.00001"]))
def test_the_least_quantity_is_just_enough(price: Decimal, step: str) -> None:
    instrument = make_instrument(step_size=step, quantity_min=step)
    least = quantity_least(instrument, price)
    assert least % instrument.step_size == 0
    assert notional_of(instrument, quantity=least, price=price) >= instrument.min_notional
    fewer = least - instrument.step_size
    assert fewer == 0 or notional_of(instrument, quantity=fewer, price=price) < 100


@pytest.mark.parametrize(
    ("closes", "leg", "expected"),
    [
        (Side.SELL, Leg.STOP_LOSS, "49000.2"),
        (Side.SELL, Leg.TAKE_PROFIT, "49000.1"),
        (Side.BUY, Leg.STOP_LOSS, "49000.1"),
        (Side.BUY, Leg.TAKE_PROFIT, "49000.2"),
    ],
)
def test_a_trigger_is_rounded_to_fire_earlier(closes: Side, leg: Leg, expected: str) -> None:
    instrument = make_instrument()
    rounded = round_trigger(instrument, Decimal("49000.14"), closes=closes, leg=leg)
    assert rounded == Decimal(expected)


def test_a_bracket_holds_its_floor_and_not_its_cap() -> None:
    instrument = make_instrument()
    below = bracket_for(instrument, Decimal("49999.99"))
    at = bracket_for(instrument, Decimal(50_000))
    assert below is not None
    assert at is not None
    assert (below.leverage_max, at.leverage_max) == (125, 50)
    assert bracket_for(instrument, Decimal(10_000_000)) is None


def test_leverage_is_capped_by_bracket_and_instrument() -> None:
    instrument = make_instrument(leverage_max=75)
    assert leverage_cap(instrument, Decimal(10)) == 75
    assert leverage_cap(instrument, Decimal(60_000)) == 50
    assert leverage_cap(instrument, Decimal(99_000_000)) is None


def test_more_leverage_allows_less_notional() -> None:
    instrument = make_instrument()
    assert notional_cap(instrument, 10) == 10_000_000
    assert notional_cap(instrument, 20) == 1_000_000
    assert notional_cap(instrument, 100) == 50_000
    assert notional_cap(instrument, 126) == 0


def test_without_brackets_no_notional_is_allowed() -> None:
    assert notional_cap(make_instrument(brackets=()), 1) == 0


def test_notional_counts_the_contract_size() -> None:
    instrument = make_instrument(contract_size="0.01")
    assert notional_of(instrument, quantity=Decimal(-3), price=Decimal(100)) == 3
