"""What trades make of a position is the same in whatever order they are told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.orders import Leg, Side
from patriot_app.core.domain.position_books import Cause, PositionBook, Trade
from patriot_app.core.domain.positions import FLAT, PositionChange, change_of
from tests.factories.orders import make_fill

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, DEPLOYMENT = UUID(int=1), UUID(int=2)


def make_book() -> PositionBook:
    return PositionBook(
        account_id=ACCOUNT,
        symbol="BTCUSDT",
        contract_size=Decimal(1),
        position=FLAT,
        deployment_id=None,
        opened_at=None,
        wanted_stop=None,
        wanted_target=None,
        unprotected_since=None,
        now=NOON,
    )


class Books:
    """One position as `services.fills` keeps it: trade by trade, as they are told."""

    def __init__(self) -> None:
        self.known: list[Trade] = []
        self.row = make_book()

    def tell(self, *trades: Trade) -> None:
        # A transaction begins with the row that the last one left.
        book = replace(
            self.row, is_moved=False, is_old_protection_void=False, wanted_legs=[], events=[]
        )
        is_late = any(known.fill.made > trade.fill.made for known in self.known for trade in trades)
        self.known = sorted([*self.known, *trades], key=lambda trade: trade.fill.made)
        fresh = sorted(trades, key=lambda trade: trade.fill.made)
        if is_late:
            book.apply_anew(self.known, fresh)
        else:
            for trade in fresh:
                book.apply(trade.fill, trade.cause)
        self.row = book

    @property
    def columns(self) -> dict[str, Any]:
        found = self.row.columns()
        return found | {"unprotected_since": found["unprotected_since"] is not None}


class Life:
    """Trades of one account as an exchange makes them: an exit never opens anything."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.held = Decimal(0)
        self.stop: Decimal | None = None
        self.orders = 0

    def trade(self, side: Side, parts: Sequence[int], cause: Cause | None) -> None:
        for part in parts:
            number = len(self.trades) + 1
            fill = make_fill(
                exchange_trade_id=str(number),
                side=side,
                quantity=Decimal(part),
                price=Decimal(100 + number % 7),
                realised_pnl=None,
                traded_at=NOON + timedelta(milliseconds=number // 2),
            )
            self.trades.append(Trade(fill, cause))
            before, self.held = self.held, self.held + part * side.sign
            if self.held == 0 or (before and (before > 0) != (self.held > 0)):
                self.stop = None
            if cause is not None and cause.leg is Leg.ENTRY and self.held * side.sign > 0:
                self.stop = cause.stop_loss if self.stop is None else self.stop

    def cause(self, leg: Leg) -> Cause:
        self.orders += 1
        is_entry = leg is Leg.ENTRY
        return Cause(
            subject=UUID(int=100 + self.orders),
            leg=leg,
            deployment_id=DEPLOYMENT if is_entry else None,
            stop_loss=Decimal(1000 + self.orders) if is_entry else None,
            take_profit=Decimal(2000 + self.orders) if is_entry else None,
        )


def in_parts(quantity: int, cut: int) -> list[int]:
    return [quantity] if not 0 < cut < quantity else [cut, quantity - cut]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life()
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.sampled_from(["turn", "close", "stop", "customer"]))
        cut = draw(st.integers(0, 3))
        towards = Side.SELL if life.held > 0 else Side.BUY
        if what == "customer":
            # He trades on his side, or reduces what is there.
            size = int(abs(life.held)) or 2
            life.trade(towards, in_parts(draw(st.integers(1, size)), cut), None)
            continue
        if life.held:
            leg = Leg.STOP_LOSS if what == "stop" else Leg.EXIT
            life.trade(towards, in_parts(int(abs(life.held)), cut), life.cause(leg))
        if what == "turn":
            side = draw(st.sampled_from(list(Side)))
            quantity = draw(st.integers(1, 4))
            life.trade(side, in_parts(quantity, cut), life.cause(Leg.ENTRY))
    if not life.trades:
        life.trade(Side.BUY, [1], life.cause(Leg.ENTRY))
    return life


@given(lives(), st.data())
def test_trades_told_in_any_order_end_in_the_same_book(life: Life, data: st.DataObject) -> None:
    in_order = Books()
    for trade in life.trades:
        in_order.tell(trade)
    mixed = Books()
    left = data.draw(st.permutations(life.trades))
    while left:
        count = data.draw(st.integers(1, 2))
        mixed.tell(*left[:count])
        left = left[count:]
    assert mixed.columns == in_order.columns
    assert mixed.row.position.quantity == life.held
    assert mixed.row.wanted_stop == life.stop


@given(lives(), st.data())
def test_a_stop_that_was_moved_stays_unless_the_position_is_another(
    life: Life, data: st.DataObject
) -> None:
    left_out = data.draw(st.sampled_from(life.trades))
    books = Books()
    for trade in life.trades:
        if trade is not left_out:
            books.tell(trade)
    before = books.row.position.quantity
    owner = {leg["id"] for leg in make_again(books.known).wanted_legs}
    moved = Decimal(5)
    is_moved = books.row.wanted_stop is not None
    if is_moved:
        books.row.wanted_stop = moved
    books.tell(left_out)
    same_owner = owner == {leg["id"] for leg in make_again(books.known).wanted_legs}
    ends = {PositionChange.CLOSED, PositionChange.REVERSED}
    change = change_of(replace(FLAT, quantity=before), books.row.position)
    if is_moved and same_owner and change not in ends:
        assert books.row.wanted_stop == moved
    else:
        assert books.row.wanted_stop == life.stop


def make_again(trades: Sequence[Trade]) -> PositionBook:
    book = make_book()
    for trade in trades:
        book.apply(trade.fill, trade.cause)
    return book
