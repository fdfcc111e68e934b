"""The market clock and prices in the hand of people and tests."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.clock import ClockReading
from daemon.paper_exchange.commands import SetInsuranceFund
from daemon.paper_exchange.control.accounts import find_engine
from daemon.paper_exchange.control.serving import Command
from daemon.paper_exchange.fields import InvalidField
from daemon.paper_exchange.host import PaperHost

STEP_MAX_MS: Final = 31 * 86_400_000
SPEED_MAX: Final = 10_000.0


class MarketControl:
    """The work of clock, price and health.

    Args:
        keep_clock: keeps a changed clock over a restart.
    """

    def __init__(self, host: PaperHost, keep_clock: Callable[[ClockReading], None]) -> None:
        self._host = host
        self._keep_clock = keep_clock

    async def read_clock(self, command: Command) -> object:
        """Show the market clock."""
        return self._clock()

    async def set_clock(self, command: Command) -> object:
        """Change speed, pause, or go on by a step (speed, paused, step_ms of market time)."""
        fields, clock = command.fields, self._host.clock
        speed = fields.number("speed", least=0, most=SPEED_MAX) if "speed" in fields else None
        if speed == 0:
            raise InvalidField("speed", f"must be above 0 and at most {SPEED_MAX:g}")
        paused = fields.optional_flag("paused")
        step_ms = fields.integer("step_ms", 0, most=STEP_MAX_MS)
        if speed is None:
            fields.optional_integer("speed")
        fields.finish()
        clock.set(market_ms=clock.now_ms() + step_ms, speed=speed, paused=paused)
        self._keep_clock(clock.read())
        for engine in self._host.engines.values():
            engine.tick()
        return self._clock()

    async def set_price(self, command: Command) -> object:
        """Script a price on every exchange or one (symbol, price or percent, exchange)."""
        fields = command.fields
        symbol = fields.text("symbol", empty=False)
        names = list(self._host.engines)
        if "exchange" in fields:
            names = [fields.text("exchange")]
        fields.text("exchange", "")
        engines = {name: find_engine(self._host, name, is_field=True) for name in names}
        if "price" in fields:
            price, percent = fields.amount("price"), Decimal(0)
            fields.amount("percent", "0", positive=False)
        else:
            price, percent = None, fields.amount("percent", positive=False)
            if percent <= -100:
                raise InvalidField("percent", "must be above -100")
        fields.finish()
        applied: dict[str, Decimal] = {}
        for name, engine in engines.items():
            engine.enter()
            last = engine.market(symbol).last_price
            applied[name] = engine.set_price(symbol, price or last * (1 + percent / 100))
        return {"symbol": symbol, "prices": applied}

    async def set_insurance(self, command: Command) -> object:
        """Set what an exchange's insurance fund holds (exchange, amount in USDT)."""
        fields = command.fields
        engine = find_engine(self._host, fields.text("exchange"), is_field=True)
        amount = fields.amount("amount", positive=False)
        fields.finish()
        if amount < 0:
            raise InvalidField("amount", "must not be negative")
        return {"insurance_fund": engine.command(SetInsuranceFund(amount=amount))}

    async def health(self, command: Command) -> object:
        """Show that the process works and how much it holds."""
        engines = self._host.engines
        return {
            "status": "ok",
            "accounts": {name: len(engine.accounts) for name, engine in engines.items()},
            "prices": {
                name: {symbol: market.last_price for symbol, market in engine.state.markets.items()}
                for name, engine in engines.items()
            },
            "insurance_funds": {
                name: engine.state.house.insurance_fund for name, engine in engines.items()
            },
            "requests": dict(self._host.entrance.requests),
            "sockets": len(self._host.sockets.lines),
        }

    def _clock(self) -> dict[str, object]:
        clock = self._host.clock
        return {
            "market_ms": clock.now_ms(),
            "wall_ms": self._host.wall_ms(),
            "speed": clock.speed,
            "paused": clock.paused,
            "end_ms": clock.end_ms,
            "finished": clock.finished,
        }
