"""Builders for instruments, prices and signals; every keyword may be overridden, text is Decimal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.instruments import Instrument, LeverageBracket
from patriot_app.core.domain.signals import Signal, SignalAction

MARKET_NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def make_brackets() -> tuple[LeverageBracket, ...]:
    """Three bands: 125x below 50,000, 50x below 1,000,000, 10x below 10,000,000 USDT."""
    return (
        LeverageBracket(Decimal(0), Decimal(50_000), 125, Decimal("0.004"), Decimal(0)),
        LeverageBracket(Decimal(50_000), Decimal(1_000_000), 50, Decimal("0.01"), Decimal(300)),
        LeverageBracket(
            Decimal(1_000_000), Decimal(10_000_000), 10, Decimal("0.05"), Decimal(40_300)
        ),
    )


def make_instrument(**overrides: Any) -> Instrument:
    """Return a contract like BTCUSDT on Binance."""
    instrument = Instrument(
        exchange=Exchange.BINANCE,
        symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        tick_size=Decimal("0.1"),
        step_size=Decimal("0.001"),
        quantity_min=Decimal("0.001"),
        quantity_max=Decimal(1000),
        market_quantity_max=Decimal(120),
        min_notional=Decimal(100),
        contract_size=Decimal(1),
        leverage_max=125,
        brackets=make_brackets(),
    )
    return replace(instrument, **_typed(overrides))


def make_signal(**overrides: Any) -> Signal:
    """Return a long signal at 50,000 with a stop 2 % below."""
    signal = Signal(
        symbol="BTCUSDT",
        key="2026-01-15T12:00:00+00:00",
        action=SignalAction.OPEN_LONG,
        reference_price=Decimal(50_000),
        stop_loss=Decimal(49_000),
        take_profit=None,
        confidence=Decimal("0.7"),
        bar_closed_at=MARKET_NOW,
    )
    return replace(signal, **_typed(overrides))


def make_candle(**overrides: Any) -> Candle:
    """Return a flat one-minute bar at 100 that opens at MARKET_NOW."""
    opened_at = overrides.get("opened_at", MARKET_NOW)
    close = Decimal(overrides.get("close", "100"))
    candle = Candle(
        opened_at=opened_at,
        closed_at=opened_at + timedelta(minutes=1),
        open=close,
        high=close,
        low=close,
        close=close,
        volume=Decimal(1),
    )
    return replace(candle, **_typed(overrides))


def _typed(overrides: dict[str, Any]) -> dict[str, Any]:
    """Turn numbers written as text into Decimal where the text is one."""
    return {name: _decimal(name, value) for name, value in overrides.items()}


def _decimal(name: str, value: Any) -> Any:
    if name in {"symbol", "base", "quote", "key", "explanation"} or type(value) is not str:
        return value
    return Decimal(value)
