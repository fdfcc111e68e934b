"""What strategies, operators, customers and the market do in a world."""

import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.commands import ClosePosition as CloseByHand
from daemon.paper_exchange.commands import SetLeverage, Transfer
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import OrderKind, OrderRequest, Side, TimeInForce
from daemon.paper_exchange.refusals import Refused as ExchangeRefused
from patriot_app.core.domain.commands import ClosePosition
from patriot_app.core.domain.entries import AT_MARKET, Entry, limit_entry, stop_entry
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.orders import TimeInForce as EntryTimeInForce
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import Signal, SignalAction
from patriot_app.core.services import halts, signals
from patriot_app.core.unit_of_work import begin
from tests.simulation.clocks import NodeClock
from tests.simulation.desk import (
    ACCOUNTS,
    BY_KEY,
    DEPLOYMENT,
    VERSION,
    VERSION_WITH_EXITS,
    SimAccount,
)
from tests.simulation.prices import START_PRICE, SYMBOL
from tests.simulation.profiles import profile_of

if TYPE_CHECKING:
    from tests.simulation.world import World

_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
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
        self._is_long: bool | None = None
        self._others: list[asyncio.Task[None]] = []
        self._do_entries_rest = world.seed % ENTRIES_REST_IN == ENTRIES_REST_IN - 1

    async def run(self) -> None:
        """Play the active phase to its end."""
        world, chance, profile = self._world, self._world.chance, self._profile
        self._others = [world.spawn(work) for work in (self._customers(), self._market())]
        if world.has_exits:
            self._others.append(world.spawn(self._wander()))
        await asyncio.sleep(chance.between(0.5, STAND_UP_S))
        for number in range(chance.random.randint(*profile.signals)):
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
        chance = self._world.chance
        if self._is_long is None or chance.random.random() < 0.3:
            action = chance.choose((SignalAction.OPEN_LONG, SignalAction.OPEN_SHORT))
        elif chance.random.random() < 0.6:
            action = SignalAction.CLOSE
        else:
            action = SignalAction.OPEN_SHORT if self._is_long else SignalAction.OPEN_LONG
        self._is_long = None if action is SignalAction.CLOSE else action is SignalAction.OPEN_LONG
        ttl_s = chance.between(5, 20)
        if chance.strikes("stale_signal", 0.05):
            ttl_s = chance.between(0.01, 0.3)
        times = 3 if chance.strikes("signal_repeated", 0.3) else 1
        deadline = self._clock.now() + timedelta(seconds=ttl_s)
        for _ in range(times):
            async with begin(SYSTEM, clock=self._clock) as uow:
                await signals.record(
                    uow,
                    deployment_id=DEPLOYMENT,
                    version_id=VERSION_WITH_EXITS if self._world.has_exits else VERSION,
                    signal=self._content(number, action),
                    valid_until=deadline,
                )
        if chance.strikes("open_and_close_at_once", 0.1) and self._is_long is not None:
            self._is_long = None
            await asyncio.sleep(chance.between(0.001, 0.05))
            async with begin(SYSTEM, clock=self._clock) as uow:
                await signals.record(
                    uow,
                    deployment_id=DEPLOYMENT,
                    version_id=VERSION_WITH_EXITS if self._world.has_exits else VERSION,
                    signal=self._content(number + 100, SignalAction.CLOSE),
                    valid_until=deadline,
                )

    def _content(self, number: int, action: SignalAction) -> Signal:
        price = self._world.venue.engines["binance"].market(SYMBOL).last_price
        distance = price * STOP_DISTANCE
        stop = target = None
        if action is not SignalAction.CLOSE:
            sign = 1 if action is SignalAction.OPEN_LONG else -1
            stop = price - sign * distance
            target = price + sign * distance * 2 if self._world.has_exits else None
        entry = self._entry(number, action, price)
        if stop is not None and entry.level is not None:
            stop += entry.level - price
            target = None if target is None else target + entry.level - price
        return Signal(
            symbol=SYMBOL,
            key=f"bar:{number}",
            action=action,
            reference_price=price,
            stop_loss=None if stop is None else stop.quantize(Decimal(1)),
            take_profit=None if target is None else target.quantize(Decimal(1)),
            confidence=Decimal(1),
            bar_closed_at=self._clock.now(),
            entry=entry,
        )

    def _entry(self, number: int, action: SignalAction, price: Decimal) -> Entry:
        """Enter by an order that may rest, near enough to fill sometimes and to end sometimes."""
        # Drawn for itself: a world without resting entries is the same as ever, and a signal that
        # is repeated has the same content.
        drawn = random.Random(f"{self._world.seed}|entry|{number}")
        if not self._do_entries_rest or action is SignalAction.CLOSE:
            return AT_MARKET
        sign = 1 if action is SignalAction.OPEN_LONG else -1
        away = Decimal(drawn.choice((-2, 0, 1, 3, 8, 20))) / 1000
        if random.Random(f"{self._world.seed}|stop|{number}").random() < STOP_ENTRIES:
            trigger = (price * (1 + sign * max(away, Decimal("0.001")))).quantize(Decimal(1))
            limit = drawn.choice((None, trigger + sign * 20, trigger - sign * 20))
            life = timedelta(seconds=drawn.uniform(*ENTRY_LIFE_S))
            return stop_entry(trigger, price=limit, market_now=self._clock.now(), life=life)
        kinds = [EntryTimeInForce.GTC] * 2 + [EntryTimeInForce.IOC, EntryTimeInForce.FOK]
        return limit_entry(
            (price * (1 - sign * away)).quantize(Decimal(1)),
            time_in_force=drawn.choice(
                kinds if away <= 0 else [*kinds, EntryTimeInForce.POST_ONLY]
            ),
            market_now=self._clock.now(),
            life=timedelta(seconds=drawn.uniform(*ENTRY_LIFE_S)),
        )

    async def _operator_closes(self) -> None:
        account = self._world.chance.choose(ACCOUNTS)
        async with begin(SYSTEM, clock=self._clock) as uow:
            await uow.issue(
                ClosePosition(account_id=account.id, symbol=SYMBOL),
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
            price = (START_PRICE * ratio).quantize(Decimal(1))
            for engine in world.venue.engines.values():
                engine.set_price(SYMBOL, price)

    async def _wander(self) -> None:
        """Let the price go somewhere, so that there is something to follow."""
        world, random = self._world, self._world.chance.random
        while True:
            await asyncio.sleep(self._world.chance.between(1, 3))
            price = world.venue.engines["binance"].market(SYMBOL).last_price
            ratio = Decimal(10_000 + random.randint(-90, 90)) / 10_000
            for engine in world.venue.engines.values():
                engine.set_price(SYMBOL, (price * ratio).quantize(Decimal(1)))

    async def _customers(self) -> None:
        """Let customers act on their own accounts at the exchange."""
        world, chance = self._world, self._world.chance
        while True:
            await asyncio.sleep(chance.between(*self._profile.customers_s))
            account = chance.choose(ACCOUNTS)
            engine = world.venue.engines[account.exchange.value]
            held = world.venue.account(account.exchange.value, account.key)
            try:
                self._customer_acts(engine, held)
            except ExchangeRefused:
                # The exchange does not let him; nothing happened.
                continue

    def _customer_acts(self, engine: Engine, account: Account) -> None:
        chance = self._world.chance
        quantity = account.quantity_of(SYMBOL)
        if quantity and chance.strikes("customer_closes", 0.15):
            engine.submit(account, CloseByHand(symbol=SYMBOL))
        elif quantity and chance.strikes("customer_cancels_stop", 0.15):
            self._world.note_disturbed(account.api_key, "customer_cancels_stop")
            for number in list(account.open_conditionals):
                engine.cancel_conditional(account, number)
        elif quantity and chance.strikes("customer_reduces", 0.1):
            self._trade(engine, account, Side.SELL if quantity > 0 else Side.BUY, abs(quantity) / 2)
        elif chance.strikes("customer_forges_id", 0.05):
            self._forge(engine, account)
        elif chance.strikes("customer_deposits", 0.1):
            engine.submit(account, Transfer(amount=Decimal(500)))
        elif chance.strikes("customer_withdraws", 0.1):
            engine.submit(account, Transfer(amount=Decimal(-500)))
        elif chance.strikes("customer_sets_leverage", 0.1):
            engine.submit(account, SetLeverage(symbol=SYMBOL, leverage=chance.choose((3, 7, 20))))

    def _forge(self, engine: Engine, account: Account) -> None:
        """Rest an order of the customer's own, far from the price, under an id of our form."""
        market = engine.market(SYMBOL)
        name = f"ptp{''.join(self._world.chance.random.choices(_ID_LETTERS, k=24))}-1"
        self._world.history.forged.add(name)
        engine.place_order(
            account,
            OrderRequest(
                symbol=SYMBOL,
                side=Side.BUY,
                kind=OrderKind.LIMIT,
                quantity=market.spec.step_size * 10,
                price=(market.last_price * Decimal("0.8")).quantize(Decimal(1)),
                time_in_force=TimeInForce.GTC,
                reduce_only=False,
                client_order_id=name,
            ),
        )

    def _trade(self, engine: Engine, account: Account, side: Side, quantity: Decimal) -> None:
        step = engine.market(SYMBOL).spec.step_size
        engine.place_order(
            account,
            OrderRequest(
                symbol=SYMBOL,
                side=side,
                kind=OrderKind.MARKET,
                quantity=max(step, quantity - quantity % step),
                price=None,
                time_in_force=TimeInForce.GTC,
                reduce_only=True,
                client_order_id="",
            ),
        )


def exchange_of(key: str) -> SimAccount:
    """Return the account of a key."""
    return BY_KEY[key]
