"""What customers do on their own accounts, and what exchanges do wrong with ours."""

import asyncio
from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.commands import ClosePosition as CloseByHand
from daemon.paper_exchange.commands import FillOrder, SetLeverage, Transfer
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import (
    OrderKind,
    OrderRequest,
    OrderStatus,
    Side,
    TimeInForce,
)
from daemon.paper_exchange.refusals import Refused as ExchangeRefused
from tests.simulation.desk import ACCOUNTS, BY_KEY
from tests.simulation.prices import SYMBOLS, on_grid
from tests.simulation.profiles import profile_of

if TYPE_CHECKING:
    from tests.simulation.world import World

_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


class Customers:
    """The people behind the accounts of one world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._profile = profile_of(world.chance)

    async def run(self) -> None:
        """Let customers act on their own accounts at the exchange."""
        world, chance = self._world, self._world.chance
        while True:
            await asyncio.sleep(chance.between(*self._profile.customers_s))
            account = chance.choose(ACCOUNTS)
            engine = world.venue.engines[account.exchange.value]
            held = world.venue.account(account.exchange.value, account.key)
            try:
                self._act(engine, held, chance.choose(SYMBOLS[: self._profile.symbols]))
            except ExchangeRefused:
                # The exchange does not let him; nothing happened.
                continue

    def _act(self, engine: Engine, account: Account, symbol: str) -> None:
        chance = self._world.chance
        quantity = account.quantity_of(symbol)
        if quantity and chance.strikes("customer_closes", 0.15):
            engine.submit(account, CloseByHand(symbol=symbol))
        elif quantity and chance.strikes("customer_cancels_stop", 0.15):
            self._world.note_disturbed(account.api_key, "customer_cancels_stop")
            for number in list(account.open_conditionals):
                engine.cancel_conditional(account, number)
        elif quantity and chance.strikes("customer_reduces", 0.1):
            self._reduce(engine, account, symbol)
        elif chance.strikes("customer_forges_id", 0.05):
            self._forge(engine, account, symbol)
        elif chance.strikes("customer_deposits", 0.1):
            engine.submit(account, Transfer(amount=Decimal(500)))
        elif chance.strikes("customer_withdraws", 0.1):
            engine.submit(account, Transfer(amount=Decimal(-500)))
        elif chance.strikes("customer_sets_leverage", 0.1):
            engine.submit(account, SetLeverage(symbol=symbol, leverage=chance.choose((3, 7, 20))))

    def _forge(self, engine: Engine, account: Account, symbol: str) -> None:
        """Rest an order of the customer's own, far from the price, under an id of our form."""
        market = engine.market(symbol)
        name = f"ptp{''.join(self._world.chance.random.choices(_ID_LETTERS, k=24))}-1"
        self._world.history.forged.add(name)
        engine.place_order(
            account,
            OrderRequest(
                symbol=symbol,
                side=Side.BUY,
                kind=OrderKind.LIMIT,
                quantity=market.spec.step_size * 10,
                price=on_grid(symbol, market.last_price * Decimal("0.8")),
                time_in_force=TimeInForce.GTC,
                reduce_only=False,
                client_order_id=name,
            ),
        )

    def _reduce(self, engine: Engine, account: Account, symbol: str) -> None:
        """Let the customer close half of a position."""
        held = account.quantity_of(symbol)
        side, quantity = Side.SELL if held > 0 else Side.BUY, abs(held) / 2
        step = engine.market(symbol).spec.step_size
        engine.place_order(
            account,
            OrderRequest(
                symbol=symbol,
                side=side,
                kind=OrderKind.MARKET,
                quantity=max(step, quantity - quantity % step),
                price=None,
                time_in_force=TimeInForce.GTC,
                reduce_only=True,
                client_order_id="",
            ),
        )


async def overfill(world: "World") -> None:
    """Let exchanges fill more of a resting entry of ours than was ordered, now and then."""
    while True:
        await asyncio.sleep(world.chance.between(1, 4))
        for one in ACCOUNTS:
            engine = world.venue.engines[one.exchange.value]
            account = engine.accounts[one.key]
            for order in list(account.open_orders.values()):
                is_ours = world.history.is_of_us(order.client_order_id)
                if is_ours and world.may_disturb(one.key) and world.chance.strikes("overfill", 0.1):
                    step = engine.market(order.symbol).spec.step_size
                    excess = max(step, order.quantity / 4 // step * step)
                    wanted = FillOrder(
                        order_id=order.order_id, quantity=order.remaining + excess, over=True
                    )
                    world.history.overfilled.add(order.client_order_id)
                    engine.submit(account, wanted)


def fill_after_cancel(world: "World", key: str, names: Collection[str]) -> None:
    """Let the exchange fill, now and then, what it has just cancelled."""
    account = BY_KEY[key]
    engine = world.venue.engines[account.exchange.value]
    held = engine.accounts[key]
    for order in list(held.orders.values()):
        if order.client_order_id not in names or order.status is not OrderStatus.CANCELED:
            continue
        if order.remaining > 0 and world.chance.strikes("fill_after_cancel", 0.4):
            step = engine.market(order.symbol).spec.step_size
            half = max(step, order.remaining / 2 // step * step)
            world.history.filled_late.add(order.client_order_id)
            engine.submit(held, FillOrder(order_id=order.order_id, quantity=half, late=True))
