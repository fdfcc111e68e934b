"""Positions in words: what guards them and whether their figures can be relied on."""

from datetime import timedelta
from decimal import Decimal

import pytest

from patriot_app.web.console.positions.rows import (
    cover_of,
    distance_figure,
    distance_note,
    flatten_text,
    position_row,
    warning_of,
)
from tests.web.console.read_models import NOW, make_position_summary


@pytest.mark.parametrize(
    ("overrides", "cover"),
    [
        ({}, "live"),
        ({"unprotected_since": NOW}, "missing"),
        ({"live_stop": None}, "moving"),
        ({"live_stop": None, "wanted_stop": None}, "unwanted"),
    ],
)
def test_the_stop_is_live_missing_on_its_way_or_not_wanted(
    overrides: dict[str, object], cover: str
) -> None:
    assert cover_of(make_position_summary(**overrides)) == cover


def test_a_price_older_than_thirty_seconds_is_stale() -> None:
    position = make_position_summary()
    assert warning_of(position, now=NOW + timedelta(seconds=30)) == ""
    assert warning_of(position, now=NOW + timedelta(seconds=31)) == "Stale price"
    assert warning_of(make_position_summary(price_at=None), now=NOW) == "Price unknown"


def test_a_difference_from_the_exchange_comes_first() -> None:
    position = make_position_summary(exchange_quantity=Decimal("0.4"), price_at=None)
    assert warning_of(position, now=NOW) == "Exchange says 0.4"


def test_profit_is_also_shown_as_a_fraction_of_what_was_paid() -> None:
    long = position_row(make_position_summary(), now=NOW)
    assert (long.profit.text, long.change.text) == ("+500.00", "+2.00")
    short = position_row(
        make_position_summary(
            quantity=Decimal("-0.5"), notional=Decimal(-24_500), unrealised_pnl=Decimal(500)
        ),
        now=NOW,
    )
    assert (short.side, short.change.text) == ("short", "+2.00")


def test_a_liquidation_within_a_tenth_is_marked() -> None:
    assert distance_figure(Decimal("0.099")).tone == "negative"
    assert distance_figure(Decimal("0.1")).tone == "neutral"
    assert distance_figure(None).text == "—"


def test_flattening_states_its_blast_radius() -> None:
    held = [make_position_summary(), make_position_summary(notional=Decimal(-1_000))]
    text = flatten_text(held, total=2, orders=1)
    assert "1 working order and closes 2 positions" in text
    assert "26,500 USDT notional with +1,000.00 USDT unrealised" in text


def test_a_missing_distance_to_liquidation_says_why() -> None:
    assert distance_note(make_position_summary()) == "at 34,000"
    unnamed = make_position_summary(liquidation_price=None, liquidation_distance=None)
    assert distance_note(unnamed) == "exchange names no price"
    unpriced = make_position_summary(mark_price=None, liquidation_distance=None)
    assert distance_note(unpriced) == "mark price unknown"
