"""Many mixed requests on one engine, and a hash of everything that followed from them.

    python -m tests.paper_exchange.mixed_run SEED REQUESTS

Run as a process of its own it shows that nothing depends on the interpreter's own hash seed.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections import Counter
from decimal import Decimal
from typing import Any

from daemon.paper_exchange.accounts import Account, MarginMode
from daemon.paper_exchange.codec import encode
from daemon.paper_exchange.commands import (
    AmendOrder,
    ClosePosition,
    SetFeeTier,
    SetHedgeMode,
    SetLeverage,
    SetMarginMode,
)
from daemon.paper_exchange.events import AccountUpdate, ConditionalUpdate, Event, OrderUpdate
from daemon.paper_exchange.orders import (
    ConditionalRequest,
    Direction,
    OrderKind,
    OrderRequest,
    PositionSide,
    Side,
    TimeInForce,
    TriggerBy,
)
from daemon.paper_exchange.refusals import Refused
from tests.paper_exchange.bookkeeping import check_books, check_conservation
from tests.paper_exchange.trading_floor import SYMBOLS, Floor, open_floor, summarise

ACCOUNTS = 24
WEIGHTS = {
    "market": 34,
    "limit": 26,
    "cancel": 14,
    "cancel_all": 1,
    "amend": 6,
    "stop": 6,
    "trailing": 2,
    "close": 2,
    "time": 4,
    "shock": 1,
    "transfer": 2,
    "leverage": 1,
    "tier": 1,
}


class EventHash:
    """Hashes every event as its subscribers could tell it."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.counts: Counter[str] = Counter()

    def watch(self, event: Event) -> None:
        """Take one event."""
        self.counts[type(event).__name__] += 1
        told: list[Any] = [type(event).__name__]
        if isinstance(event, OrderUpdate):
            told += [event.what, event.order, event.trade, event.time_ms]
        elif isinstance(event, ConditionalUpdate):
            told += [event.conditional, event.time_ms]
        elif isinstance(event, AccountUpdate):
            positions = [event.account.positions[key] for key in event.position_keys]
            wallet = event.account.wallet_balance
            told += [event.account.uid, event.change, wallet, positions, event.rows]
        else:
            told += [getattr(event, "symbol", ""), getattr(event, "candle", None)]
        self.digest.update(encode(told))


class MixedRun:
    """One run: requests drawn from a seed, each applied, refused or not."""

    def __init__(self, seed: int, **floor: Any) -> None:
        self.dice = random.Random(seed)
        self.floor: Floor = open_floor(balances=("4000",) * ACCOUNTS, **floor)
        self.events = EventHash()
        self.floor.engine.subscribe(self.events.watch)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        for number, account in enumerate(self.floor.accounts):
            if number % 3 == 1:
                self.floor.engine.submit(account, SetHedgeMode(hedge_mode=True))
            if number % 4 == 1:
                mode = SetMarginMode(symbol="", margin_mode=MarginMode.ISOLATED)
                self.floor.engine.submit(account, mode)

    def work(self, requests: int) -> str:
        """Apply requests and return the hash of events and state."""
        kinds = self.dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=requests)
        for kind in kinds:
            account = self.dice.choice(self.floor.accounts)
            try:
                getattr(self, f"_{kind}")(account)
                self.done[kind] += 1
            except Refused as refused:
                self.refused[refused.reason] += 1
        whole = self.events.digest.copy()
        whole.update(summarise(self.floor.engine))
        return whole.hexdigest()

    def _market(self, account: Account) -> None:
        self._order(account, price=None)

    def _limit(self, account: Account) -> None:
        self._order(account, price=Decimal(self.dice.randint(-40, 40)) / 10_000)

    def _order(self, account: Account, *, price: Decimal | None) -> None:
        symbol = self.dice.choice(SYMBOLS)
        market = self.floor.engine.market(symbol)
        time_in_force = self.dice.choice(tuple(TimeInForce))
        limit = None if price is None else market.round_to_tick(market.last_price * (1 + price))
        dated = limit is not None and time_in_force is TimeInForce.GTD
        self.floor.engine.place_order(
            account,
            OrderRequest(
                symbol=symbol,
                side=self.dice.choice(tuple(Side)),
                kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
                quantity=self._quantity(symbol),
                price=limit,
                time_in_force=TimeInForce.IOC if limit is None else time_in_force,
                reduce_only=self.dice.random() < 0.1,
                client_order_id=f"m{self.dice.getrandbits(48):x}",
                labels={"type": "MARKET" if limit is None else "LIMIT"},
                position_side=self._position_side(account),
                good_till_ms=self.floor.clock.now_ms() + 600_000 if dated else 0,
            ),
        )

    def _stop(self, account: Account) -> None:
        self._conditional(account, trailing=False)

    def _trailing(self, account: Account) -> None:
        self._conditional(account, trailing=True)

    def _conditional(self, account: Account, *, trailing: bool) -> None:
        symbol, side = self.dice.choice(SYMBOLS), self.dice.choice(tuple(Side))
        market = self.floor.engine.market(symbol)
        away = Decimal(self.dice.choice((-1, 1)) * self.dice.randint(1, 60)) / 10_000
        closes = self.dice.random() < 0.3
        self.floor.engine.place_conditional(
            account,
            ConditionalRequest(
                order=OrderRequest(
                    symbol=symbol,
                    side=side,
                    kind=OrderKind.MARKET,
                    quantity=Decimal(0) if closes else self._quantity(symbol),
                    reduce_only=closes,
                    client_order_id=f"c{self.dice.getrandbits(48):x}",
                    labels={"type": "STOP_MARKET"},
                    position_side=self._position_side(account),
                ),
                trigger_price=market.round_to_tick(market.last_price * (1 + away)),
                direction=Direction.RISING if away > 0 else Direction.FALLING,
                trigger_by=self.dice.choice(tuple(TriggerBy)),
                close_position=closes,
                callback_rate=abs(away) if trailing else None,
            ),
        )

    def _cancel(self, account: Account) -> None:
        open_orders = list(account.open_orders)
        if open_orders:
            self.floor.engine.cancel_order(account, self.dice.choice(open_orders))

    def _cancel_all(self, account: Account) -> None:
        self.floor.engine.cancel_all(account)
        self.floor.engine.cancel_all_conditionals(account)

    def _amend(self, account: Account) -> None:
        open_orders = list(account.open_orders.values())
        if not open_orders:
            return
        order = self.dice.choice(open_orders)
        quantity = self._quantity(order.symbol)
        amendment = AmendOrder(order_id=order.order_id, quantity=quantity)
        self.floor.engine.submit(account, amendment)

    def _close(self, account: Account) -> None:
        command = ClosePosition(
            symbol=self.dice.choice(SYMBOLS), position_side=self._position_side(account)
        )
        self.floor.engine.submit(account, command)

    def _time(self, account: Account) -> None:
        self.floor.pass_time(self.dice.choice((5, 5, 10, 30, 60, 300)))

    def _shock(self, account: Account) -> None:
        self.floor.move(str(self.dice.randint(-30, 30) / 10), self.dice.choice(SYMBOLS))

    def _transfer(self, account: Account) -> None:
        self.floor.work(("transfer", 0, Decimal(self.dice.randint(-500, 500))))

    def _leverage(self, account: Account) -> None:
        leverage = self.dice.choice((5, 10, 20, 50))
        command = SetLeverage(symbol=self.dice.choice(SYMBOLS), leverage=leverage)
        self.floor.engine.submit(account, command)

    def _tier(self, account: Account) -> None:
        self.floor.engine.submit(account, SetFeeTier(tier=self.dice.randrange(7)))

    def _position_side(self, account: Account) -> PositionSide:
        side = self.dice.choice((PositionSide.LONG, PositionSide.SHORT))
        return side if account.hedge_mode else PositionSide.BOTH

    def _quantity(self, symbol: str) -> Decimal:
        steps = self.dice.randint(2, 60)
        return Decimal(steps) / 1000 if symbol == "BTCUSDT" else Decimal(steps) / 5


def main() -> None:
    """Run, check the books, and print the hash with what was done."""
    seed, requests = (int(word) for word in sys.argv[1:])
    run = MixedRun(seed)
    digest = run.work(requests)
    for account in run.floor.accounts:
        check_books(account)
    check_conservation(run.floor)
    told = {"hash": digest, "done": run.done, "refused": run.refused, "events": run.events.counts}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
