"""Contracts in words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from patriot_app.core.queries.instruments import BracketView, InstrumentSummary
from patriot_app.web.console.instruments.rows import bracket_row, instrument_row
from tests.web.console.read_models import NOW

CONTRACT = InstrumentSummary(
    exchange="binance",
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.100000000000000000"),
    step_size=Decimal("0.001"),
    quantity_min=Decimal("0.001"),
    quantity_max=Decimal(1_000),
    market_quantity_max=Decimal(120),
    min_notional=Decimal(5),
    contract_size=Decimal(1),
    leverage_max=125,
    is_trading=True,
    is_enabled=True,
    reason="",
    refreshed_at=NOW,
    mark_price=None,
    last_price=None,
    price_at=None,
    brackets=(),
)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "on"),
        ({"is_enabled": False}, "off"),
        ({"is_enabled": False, "is_trading": False}, "closed"),
    ],
)
def test_the_exchange_s_word_comes_before_the_desk_s_switch(
    changes: dict[str, bool], state: str
) -> None:
    assert instrument_row(replace(CONTRACT, **changes), now=NOW).state == state  # type: ignore[arg-type]


def test_filters_are_shown_to_the_last_digit_without_trailing_zeros() -> None:
    row = instrument_row(CONTRACT, now=NOW)
    assert (row.id, row.tick, row.mark) == ("binance:BTCUSDT", "0.1", "—")


def test_a_bracket_is_a_band_of_notional() -> None:
    one = BracketView(Decimal(0), Decimal(50_000), 125, Decimal("0.004"), Decimal(0))
    row = bracket_row(0, one)
    assert (row.band, row.leverage, row.maintenance.text) == ("0 to 50,000", "125×", "0.40")
