"""Facts about markets: closed candles, last prices, contract specifications, the market clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import orjson
from sqlalchemy import text

from patriot_app.core.clock import MarketClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.events import InstrumentsRefreshed
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.unit_of_work import UnitOfWork

_ADD_CANDLES = text(
    """
    INSERT INTO candles (exchange, mode, symbol, opened_at, open, high, low, close, volume)
    SELECT :exchange, :mode, :symbol, bar.*
      FROM unnest(CAST(:opened_at AS timestamptz[]), CAST(:open AS numeric[]),
                  CAST(:high AS numeric[]), CAST(:low AS numeric[]), CAST(:close AS numeric[]),
                  CAST(:volume AS numeric[])) AS bar
    ON CONFLICT DO NOTHING
    """
)
_PUT_PRICES = text(
    """
    INSERT INTO last_prices (exchange, mode, symbol, mark_price, last_price, observed_at)
    SELECT * FROM unnest(CAST(:exchange AS text[]), CAST(:mode AS text[]),
                         CAST(:symbol AS text[]), CAST(:mark AS numeric[]),
                         CAST(:last AS numeric[]), CAST(:observed_at AS timestamptz[]))
    ON CONFLICT (exchange, mode, symbol) DO UPDATE
       SET mark_price = excluded.mark_price, last_price = excluded.last_price,
           observed_at = excluded.observed_at
     WHERE last_prices.observed_at <= excluded.observed_at
    """
)
_PUT_INSTRUMENTS = text(
    """
    INSERT INTO instruments (exchange, symbol, base, quote, tick_size, step_size, quantity_min,
           quantity_max, market_quantity_max, min_notional, contract_size, leverage_max, brackets,
           is_trading, refreshed_at)
    SELECT :exchange, row.symbol, row.base, row.quote, row.tick_size, row.step_size,
           row.quantity_min, row.quantity_max, row.market_quantity_max, row.min_notional,
           row.contract_size, row.leverage_max, row.brackets, row.is_trading, :now
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(
           symbol text, base text, quote text, tick_size numeric, step_size numeric,
           quantity_min numeric, quantity_max numeric, market_quantity_max numeric,
           min_notional numeric, contract_size numeric, leverage_max integer, brackets jsonb,
           is_trading boolean)
    ON CONFLICT (exchange, symbol) DO UPDATE
       SET base = excluded.base, quote = excluded.quote, tick_size = excluded.tick_size,
           step_size = excluded.step_size, quantity_min = excluded.quantity_min,
           quantity_max = excluded.quantity_max,
           market_quantity_max = excluded.market_quantity_max,
           min_notional = excluded.min_notional, contract_size = excluded.contract_size,
           leverage_max = excluded.leverage_max,
           brackets = CASE WHEN excluded.brackets = '[]' THEN instruments.brackets
                           ELSE excluded.brackets END,
           is_trading = excluded.is_trading, refreshed_at = excluded.refreshed_at
    """
)
_PUT_CLOCK = text(
    """
    INSERT INTO market_clock (id, wall_origin, market_origin, speed, is_paused, is_finished)
    VALUES (1, :wall_origin, :market_origin, :speed, :is_paused, :is_finished)
    ON CONFLICT (id) DO UPDATE
       SET wall_origin = excluded.wall_origin, market_origin = excluded.market_origin,
           speed = excluded.speed, is_paused = excluded.is_paused,
           is_finished = excluded.is_finished
    """
)


@dataclass(frozen=True, slots=True)
class LastPrice:
    """One price to store; observed_at is wall time."""

    exchange: Exchange
    mode: AccountMode
    symbol: str
    mark: Decimal
    last: Decimal
    observed_at: datetime


async def add_candles(
    uow: UnitOfWork, exchange: Exchange, mode: AccountMode, symbol: str, candles: Sequence[Candle]
) -> None:
    """Store closed 1-minute bars once; a bar that is there already stays as it is."""
    await uow.session.execute(
        _ADD_CANDLES,
        {
            "exchange": exchange.value,
            "mode": mode.value,
            "symbol": symbol,
            "opened_at": [candle.opened_at for candle in candles],
            "open": [candle.open for candle in candles],
            "high": [candle.high for candle in candles],
            "low": [candle.low for candle in candles],
            "close": [candle.close for candle in candles],
            "volume": [candle.volume for candle in candles],
        },
    )


async def put_last_prices(uow: UnitOfWork, prices: Sequence[LastPrice]) -> None:
    """Replace the newest prices; an older one never overwrites a newer one."""
    ordered = sorted(prices, key=lambda price: (price.exchange, price.mode, price.symbol))
    await uow.session.execute(
        _PUT_PRICES,
        {
            "exchange": [price.exchange.value for price in ordered],
            "mode": [price.mode.value for price in ordered],
            "symbol": [price.symbol for price in ordered],
            "mark": [price.mark for price in ordered],
            "last": [price.last for price in ordered],
            "observed_at": [price.observed_at for price in ordered],
        },
    )
    uow.touch("prices")


async def put_instruments(
    uow: UnitOfWork, exchange: Exchange, instruments: Iterable[Instrument]
) -> int:
    """Replace the specifications of an exchange's contracts; brackets stay if none are given."""
    rows = [_as_row(instrument) for instrument in instruments]
    await uow.session.execute(
        _PUT_INSTRUMENTS,
        {
            "exchange": exchange.value,
            "now": uow.now,
            "rows": orjson.dumps(rows).decode(),
        },
    )
    uow.record(InstrumentsRefreshed(exchange=exchange.value, count=len(rows)))
    uow.touch("instruments")
    return len(rows)


async def put_market_clock(uow: UnitOfWork, clock: MarketClock, *, is_finished: bool) -> None:
    """Store the mapping of wall to market time, which every process reads."""
    await uow.session.execute(
        _PUT_CLOCK,
        {
            "wall_origin": clock.wall_origin,
            "market_origin": clock.market_origin,
            "speed": clock.speed,
            "is_paused": clock.paused,
            "is_finished": is_finished,
        },
    )
    uow.touch("system")


async def forget_candles(uow: UnitOfWork, *, older_than: datetime) -> None:
    """Drop 1-minute bars opened before a market time."""
    await uow.session.execute(
        text("DELETE FROM candles WHERE opened_at < :before"), {"before": older_than}
    )


def _as_row(instrument: Instrument) -> dict[str, object]:
    return {
        "symbol": instrument.symbol,
        "base": instrument.base,
        "quote": instrument.quote,
        "tick_size": str(instrument.tick_size),
        "step_size": str(instrument.step_size),
        "quantity_min": str(instrument.quantity_min),
        "quantity_max": str(instrument.quantity_max),
        "market_quantity_max": str(instrument.market_quantity_max),
        "min_notional": str(instrument.min_notional),
        "contract_size": str(instrument.contract_size),
        "leverage_max": instrument.leverage_max,
        "is_trading": instrument.is_trading,
        "brackets": [
            {
                "notional_floor": str(bracket.notional_floor),
                "notional_cap": str(bracket.notional_cap),
                "leverage_max": bracket.leverage_max,
                "maintenance_rate": str(bracket.maintenance_rate),
                "deduction": str(bracket.deduction),
            }
            for bracket in instrument.brackets
        ],
    }
