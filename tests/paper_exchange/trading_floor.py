"""An engine without network for property tests: random inputs, time by hand, and a summary."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from daemon.paper_exchange.accounts import Account, MarginMode, Permissions
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.codec import encode
from daemon.paper_exchange.commands import (
    AdjustMargin,
    CreateAccount,
    SetHedgeMode,
    SetMarginMode,
    Transfer,
)
from daemon.paper_exchange.depth import RECOVERY_MS
from daemon.paper_exchange.engine import Engine, Recorder
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.model import SeededModel
from daemon.paper_exchange.orders import (
    ConditionalRequest,
    Direction,
    Order,
    OrderKind,
    OrderRequest,
    PositionSide,
    Side,
    TimeInForce,
)
from daemon.paper_exchange.prices import TickedSource
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.refusals import Refused

START_MS = 1_748_822_400_000
SYMBOLS = ("BTCUSDT", "SOLUSDT")
SOURCE = SeededModel(seed=7, symbols=SYMBOLS, start_ms=START_MS - 86_400_000)


@dataclass
class Floor:
    """One engine, its clock's hand and the accounts on it."""

    engine: Engine
    clock: MarketClock
    accounts: list[Account] = field(default_factory=list)
    refused: int = 0

    def pass_time(self, seconds: int) -> None:
        self.clock.set(market_ms=self.clock.now_ms() + seconds * 1000)
        self.engine.enter()

    def place(self, who: int = 0, **wanted: Any) -> Order:
        """Place an order; a market buy of 0.05 BTC unless other words are given."""
        words: dict[str, Any] = {
            "symbol": "BTCUSDT",
            "side": Side.BUY,
            "kind": OrderKind.LIMIT if "price" in wanted else OrderKind.MARKET,
            "quantity": Decimal("0.05"),
            "labels": {"type": "LIMIT" if "price" in wanted else "MARKET"},
        }
        return self.engine.place_order(self.accounts[who], OrderRequest(**{**words, **wanted}))

    def move(self, percent: str, symbol: str = "BTCUSDT") -> None:
        """Move a price by percent."""
        price = self.engine.market(symbol).last_price
        self.engine.set_price(symbol, price * (1 + Decimal(percent) / 100))

    def work(self, action: tuple[Any, ...]) -> None:
        """Do one random action; a refusal is a fine answer."""
        kind, who, *rest = action
        account = self.accounts[who % len(self.accounts)]
        try:
            getattr(self, f"_{kind}")(account, *rest)
        except Refused:
            self.refused += 1

    def _time(self, account: Account, seconds: int) -> None:
        self.pass_time(seconds)

    def _shock(self, account: Account, symbol: str, per_mille: int) -> None:
        price = self.engine.market(symbol).last_price
        self.engine.set_price(symbol, price * (1000 + per_mille) / 1000)

    def _transfer(self, account: Account, amount: Decimal) -> None:
        self.engine.submit(account, Transfer(amount=amount))

    def _order(
        self,
        account: Account,
        symbol: str,
        side: Side,
        steps: int,
        per_mille: int | None,
        time_in_force: TimeInForce,
        reduce_only: bool,
        position_side: PositionSide,
    ) -> None:
        market = self.engine.market(symbol)
        quantity = _quantity(symbol, steps)
        dated = _good_for_ms(time_in_force) if per_mille is not None else 0
        price = None
        if per_mille is not None:
            price = market.round_to_tick(market.last_price * (1000 + per_mille) / 1000)
        self.engine.place_order(
            account,
            OrderRequest(
                symbol=symbol,
                side=side,
                kind=OrderKind.MARKET if price is None else OrderKind.LIMIT,
                quantity=quantity,
                price=price,
                time_in_force=TimeInForce.IOC if price is None else time_in_force,
                reduce_only=reduce_only,
                client_order_id=f"c{self.engine.state.sequences.order}",
                labels={"type": "LIMIT" if price else "MARKET"},
                position_side=position_side if account.hedge_mode else PositionSide.BOTH,
                good_till_ms=self.clock.now_ms() + dated if dated else 0,
            ),
        )

    def _stop(
        self,
        account: Account,
        symbol: str,
        side: Side,
        steps: int,
        per_mille: int,
        closes: bool,
        position_side: PositionSide,
    ) -> None:
        market = self.engine.market(symbol)
        self.engine.place_conditional(
            account,
            ConditionalRequest(
                order=OrderRequest(
                    symbol=symbol,
                    side=side,
                    kind=OrderKind.MARKET,
                    quantity=Decimal(0) if closes else _quantity(symbol, steps),
                    reduce_only=closes,
                    client_order_id=f"s{self.engine.state.sequences.conditional}",
                    labels={"type": "STOP_MARKET"},
                    position_side=position_side if account.hedge_mode else PositionSide.BOTH,
                ),
                trigger_price=market.round_to_tick(market.last_price * (1000 + per_mille) / 1000),
                direction=Direction.RISING if per_mille > 0 else Direction.FALLING,
                close_position=closes,
            ),
        )

    def _margin(self, account: Account, symbol: str, amount: Decimal, side: PositionSide) -> None:
        self.engine.submit(
            account,
            AdjustMargin(
                symbol=symbol,
                amount=amount,
                position_side=side if account.hedge_mode else PositionSide.BOTH,
            ),
        )

    def _cancel(self, account: Account, number: int) -> None:
        orders = list(account.open_orders)
        if orders:
            self.engine.cancel_order(account, orders[number % len(orders)])


def open_floor(
    *,
    exchange: str = "binance",
    recorder: Recorder | None = None,
    balances: tuple[str, ...] = ("200000", "3000"),
    hedge_mode: bool = False,
    isolated: bool = False,
    recovery_ms: int = RECOVERY_MS,
) -> Floor:
    """Build an engine with accounts; its clock stands until time is passed.

    Args:
        hedge_mode, isolated: modes that every account starts in.
        recovery_ms: until the book has back what orders took.
    """
    floor = bare_floor(exchange=exchange, recorder=recorder, recovery_ms=recovery_ms)
    for number, balance in enumerate(balances):
        command = CreateAccount(
            api_key=f"key-{number}",
            api_secret="secret",
            label="",
            balance=Decimal(balance),
            permissions=Permissions(),
        )
        account = floor.engine.create_account(command)
        floor.accounts.append(account)
        if hedge_mode:
            floor.engine.submit(account, SetHedgeMode(hedge_mode=True))
        if isolated:
            mode = SetMarginMode(symbol="", margin_mode=MarginMode.ISOLATED)
            floor.engine.submit(account, mode)
    return floor


def bare_floor(
    *,
    exchange: str = "binance",
    recorder: Recorder | None = None,
    market_ms: int = START_MS,
    recovery_ms: int = RECOVERY_MS,
) -> Floor:
    """Build an engine without accounts."""
    clock = MarketClock(market_ms=market_ms, paused=True)
    engine = Engine(
        profile=PROFILES[exchange],
        instruments=INSTRUMENTS[exchange],
        source=TickedSource(SOURCE, INSTRUMENTS[exchange]),
        clock=clock,
        recorder=recorder,
        recovery_ms=recovery_ms,
    )
    return Floor(engine, clock)


def summarise(engine: Engine) -> bytes:
    """Write everything that must be the same after a restart."""
    state = engine.state
    return encode(
        {
            "time_ms": engine.time_ms,
            "sequences": state.sequences,
            "house": [_sorted(state.house.balances), _sorted(state.house.books)],
            "accounts": [
                {name: _sorted(getattr(account, name)) for name in Account.__dataclass_fields__}
                for account in state.accounts.values()
            ],
            "resting": {
                name: sorted(orders) for name, orders in sorted(state.resting.items()) if orders
            },
            "waiting": {name: sorted(rows) for name, rows in sorted(state.waiting.items()) if rows},
            "prices": {
                name: (market.last_price, market.mark_price, market.shifts, market.bid, market.ask)
                for name, market in state.markets.items()
            },
        }
    )


def write_script(seed: int, length: int = 60) -> list[tuple[Any, ...]]:
    """Write random inputs of two accounts; the same seed writes the same."""
    dice = random.Random(seed)
    return [_throw(dice) for _ in range(length)]


def _throw(dice: random.Random) -> tuple[Any, ...]:
    who, symbol, side = dice.randrange(2), dice.choice(SYMBOLS), dice.choice(tuple(Side))
    away = dice.choice([-1, 1]) * dice.randint(1, 30)
    position_side = dice.choice((PositionSide.LONG, PositionSide.SHORT))
    kinds = ("order", "time", "shock", "transfer", "stop", "cancel", "margin")
    kind = dice.choices(kinds, weights=(10, 4, 3, 1, 3, 2, 1))[0]
    rest: dict[str, tuple[Any, ...]] = {
        "order": (
            symbol,
            side,
            dice.randint(1, 400),
            dice.choice([None, dice.randint(-20, 20)]),
            dice.choice(tuple(TimeInForce)),
            dice.random() < 0.2,
            position_side,
        ),
        "time": (dice.choice([7, 60, 600, 7200, 30000]),),
        "shock": (symbol, dice.randint(-60, 60)),
        "transfer": (Decimal(dice.randint(-900, 900)) + Decimal("0.123456789"),),
        "stop": (symbol, side, dice.randint(1, 100), away, dice.random() < 0.5, position_side),
        "cancel": (dice.randrange(10),),
        "margin": (symbol, Decimal(dice.randint(-300, 300)), position_side),
    }
    return (kind, who, *rest[kind])


def _good_for_ms(time_in_force: TimeInForce) -> int:
    """Return how long a dated order of a script works."""
    return 900_000 if time_in_force is TimeInForce.GTD else 0


def _quantity(symbol: str, steps: int) -> Decimal:
    return INSTRUMENTS["binance"][symbol].step_size * steps * (1 if symbol == "BTCUSDT" else 40)


def _sorted(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value
