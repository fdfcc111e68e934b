"""What strategies, operators and the market do in a world."""

import asyncio
import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from patriot_app.core.domain.commands import ClosePosition
from patriot_app.core.domain.entries import AT_MARKET, Entry, limit_entry, stop_entry
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.orders import TimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.services import halts, signals
from patriot_app.core.unit_of_work import begin
from tests.simulation.clocks import NodeClock
from tests.simulation.customers import Customers, overfill
from tests.simulation.desk import ACCOUNTS, DEPLOYMENT, VERSION, VERSION_WITH_EXITS
from tests.simulation.maintenance import SIGNALS
from tests.simulation.prices import GRID, START_PRICES, SYMBOLS, on_grid
from tests.simulation.profiles import profile_of

if TYPE_CHECKING:
    from tests.simulation.world import World

STOP_DISTANCE = Decimal("0.02")
STOP_ENTRIES = 0.25
"""How many of the entries that may rest wait for a trigger."""
ENTRIES_REST_IN = 3
"""Of as many worlds one has entries that rest; in the others every entry is at market."""
ENTRY_LIFE_S = (4.0, 25.0)
STAND_UP_S = 6.0
"""Time for the first recovery, so that the first signal finds ready accounts more often than not."""


class Script:
    """The acts of one world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._profile = profile_of(world.chance)
        self._clock = NodeClock(world.loop)
        self._halt: UUID | None = None
        self._is_long: dict[str, bool | None] = dict.fromkeys(SYMBOLS)
        self._others: list[asyncio.Task[None]] = []
        self._do_entries_rest = world.seed % ENTRIES_REST_IN == ENTRIES_REST_IN - 1

    async def run(self) -> None:
        """Play the active phase to its end."""
        world, chance, profile = self._world, self._world.chance, self._profile
        self._others = [
            world.spawn(work) for work in (Customers(world).run(), overfill(world), self._market())
        ]
        if world.has_exits:
            self._others.append(world.spawn(self._wander()))
        await asyncio.sleep(chance.between(0.5, STAND_UP_S))
        signals = profile.signals if world.maintenance is None else max(profile.signals, SIGNALS)
        for number in range(chance.random.randint(*signals)):
            await asyncio.sleep(chance.between(*profile.pause_s))
            await self._signal(number)
            if chance.strikes("operator_closes", 0.15):
                await self._operator_closes()
            if chance.strikes("halt", 0.1):
                await self._halt_or_lift()
        await asyncio.sleep(chance.between(*profile.last_s))

    def end(self) -> None:
        """Nobody acts any more."""
        for task in self._others:
            task.cancel()
        if self._halt is not None:
            self._world.spawn(self._halt_or_lift())

    async def _signal(self, number: int) -> None:
        chance, symbol = self._world.chance, self._symbol(number)
        is_long = self._is_long[symbol]
        if is_long is None or chance.random.random() < 0.3:
            action = chance.choose((SignalAction.OPEN_LONG, SignalAction.OPEN_SHORT))
        elif chance.random.random() < 0.6:
            action = SignalAction.CLOSE
        else:
            action = SignalAction.OPEN_SHORT if is_long else SignalAction.OPEN_LONG
        is_close = action is SignalAction.CLOSE
        self._is_long[symbol] = None if is_close else action is SignalAction.OPEN_LONG
        ttl_s = chance.between(5, 20)
        if chance.strikes("stale_signal", 0.05):
            ttl_s = chance.between(0.01, 0.3)
        times = 3 if chance.strikes("signal_repeated", 0.3) else 1
        deadline = self._clock.now() + timedelta(seconds=ttl_s)
        for _ in range(times):
            await self._record(self._content(number, symbol, action), deadline)
        if chance.strikes("open_and_close_at_once", 0.1) and not is_close:
            self._is_long[symbol] = None
            await asyncio.sleep(chance.between(0.001, 0.05))
            closing = self._content(number + 100, symbol, SignalAction.CLOSE)
            await self._record(closing, deadline)

    def _symbol(self, number: int) -> str:
        """Return what a signal is about: each instrument in turn, and then any."""
        symbols = SYMBOLS[: self._profile.symbols]
        return symbols[number] if number < len(symbols) else self._world.chance.choose(symbols)

    async def _record(self, signal: Signal, deadline: datetime) -> None:
        async with begin(SYSTEM, clock=self._clock) as uow:
            await signals.record(
                uow,
                deployment_id=DEPLOYMENT,
                version_id=VERSION_WITH_EXITS if self._world.has_exits else VERSION,
                signal=signal,
                valid_until=deadline,
            )

    def _content(self, number: int, symbol: str, action: SignalAction) -> Signal:
        price = self._world.venue.engines["binance"].market(symbol).last_price
        distance = price * STOP_DISTANCE
        stop = target = None
        if action is not SignalAction.CLOSE:
            sign = 1 if action is SignalAction.OPEN_LONG else -1
            stop = price - sign * distance
            target = price + sign * distance * 2 if self._world.has_exits else None
        entry = self._entry(number, symbol, action, price)
        if stop is not None and entry.level is not None:
            stop += entry.level - price
            target = None if target is None else target + entry.level - price
        return Signal(
            symbol=symbol,
            key=f"bar:{number}",
            action=action,
            reference_price=price,
            stop_loss=None if stop is None else on_grid(symbol, stop),
            take_profit=None if target is None else on_grid(symbol, target),
            confidence=Decimal(1),
            bar_closed_at=self._clock.now(),
            entry=entry,
        )

    def _entry(self, number: int, symbol: str, action: SignalAction, price: Decimal) -> Entry:
        """Enter by an order that may rest, near enough to fill sometimes and to end sometimes."""
        # Drawn for itself: a world without resting entries is the same as ever, and a signal that
        # is repeated has the same content.
        drawn = random.Random(f"{self._world.seed}|entry|{number}")
        if not self._do_entries_rest or action is SignalAction.CLOSE:
            return AT_MARKET
        sign = 1 if action is SignalAction.OPEN_LONG else -1
        away = Decimal(drawn.choice((-2, 0, 1, 3, 8, 20))) / 1000
        if random.Random(f"{self._world.seed}|stop|{number}").random() < STOP_ENTRIES:
            trigger = on_grid(symbol, price * (1 + sign * max(away, Decimal("0.001"))))
            slip = 20 * GRID[symbol]
            limit = drawn.choice((None, trigger + sign * slip, trigger - sign * slip))
            life = timedelta(seconds=drawn.uniform(*ENTRY_LIFE_S))
            return stop_entry(trigger, price=limit, market_now=self._clock.now(), life=life)
        kinds = [TimeInForce.GTC] * 2 + [TimeInForce.IOC, TimeInForce.FOK]
        return limit_entry(
            on_grid(symbol, price * (1 - sign * away)),
            time_in_force=drawn.choice(kinds if away <= 0 else [*kinds, TimeInForce.POST_ONLY]),
            market_now=self._clock.now(),
            life=timedelta(seconds=drawn.uniform(*ENTRY_LIFE_S)),
        )

    async def _operator_closes(self) -> None:
        account = self._world.chance.choose(ACCOUNTS)
        symbol = self._world.chance.choose(SYMBOLS[: self._profile.symbols])
        async with begin(SYSTEM, clock=self._clock) as uow:
            await uow.issue(
                ClosePosition(account_id=account.id, symbol=symbol),
                idempotency_key=f"close:{self._world.loop.now}",
                shard=account.shard,
            )

    async def _halt_or_lift(self) -> None:
        chance = self._world.chance
        if self._halt is not None:
            # Lowering takes two people at the console; here it only has to happen.
            self._world.database.read("UPDATE halts SET lifted_at = now() WHERE lifted_at IS NULL")
            self._halt = None
            return
        async with begin(SYSTEM, clock=self._clock) as uow:
            raised = await halts.raise_halt(
                uow, scope=HaltScope.DESK, level=chance.choose(tuple(HaltLevel)), reason="Operator"
            )
        self._halt = raised.halt_id

    async def _market(self) -> None:
        """Let the price leap now and then, through stops too."""
        world, chance = self._world, self._world.chance
        while True:
            await asyncio.sleep(chance.between(4, 10))
            if not chance.strikes("price_leaps", 0.25):
                continue
            ratio = Decimal(1000 + chance.random.randint(-45, 45)) / 1000
            symbol = chance.choose(SYMBOLS[: self._profile.symbols])
            for engine in world.venue.engines.values():
                engine.set_price(symbol, on_grid(symbol, START_PRICES[symbol] * ratio))

    async def _wander(self) -> None:
        """Let the price go somewhere, so that there is something to follow."""
        world, random = self._world, self._world.chance.random
        while True:
            await asyncio.sleep(self._world.chance.between(1, 3))
            for symbol in SYMBOLS:
                price = world.venue.engines["binance"].market(symbol).last_price
                ratio = Decimal(10_000 + random.randint(-90, 90)) / 10_000
                for engine in world.venue.engines.values():
                    engine.set_price(symbol, on_grid(symbol, price * ratio))
