"""What orders leave of the book, how it comes back, and how far a market order may go."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.paper_exchange.commands import ChangeInstrument
from daemon.paper_exchange.depth import RECOVERY_MS, Taken
from daemon.paper_exchange.market import STEP_MS
from daemon.paper_exchange.orders import OrderStatus, Side
from daemon.paper_exchange.refusals import Reason, Refused
from tests.paper_exchange.trading_floor import Floor, open_floor

RICH = "1000000000"


def side_of(floor: Floor, *, asks: bool) -> list[tuple[Decimal, Decimal]]:
    return floor.engine.market("BTCUSDT").levels(asks=asks, depth=1_000)


def sum_of(levels: list[tuple[Decimal, Decimal]]) -> Decimal:
    return sum((quantity for _, quantity in levels), Decimal(0))


def change(floor: Floor, **values: str) -> None:
    changes = {name: Decimal(value) for name, value in values.items()}
    floor.engine.change_instrument(ChangeInstrument(symbol="BTCUSDT", values=changes))


def test_a_thousand_accounts_with_the_same_order_get_worse_and_worse_fills() -> None:
    floor = open_floor(balances=("100000",) * 1_000)
    before = floor.engine.market("BTCUSDT").ask
    averages = [floor.place(who).average_price for who in range(1_000)]
    assert averages[0] == before
    assert all(earlier <= later for earlier, later in pairwise(averages))
    assert averages[-1] > before * Decimal("1.0001")


@given(st.lists(st.integers(2, 30_000), min_size=1, max_size=6), st.sampled_from(tuple(Side)))
def test_what_is_shown_is_the_book_without_what_was_taken_from_its_front(
    sizes: list[int], side: Side
) -> None:
    floor = open_floor(balances=(RICH,))
    asks = side is Side.BUY
    before, other = side_of(floor, asks=asks), side_of(floor, asks=not asks)
    orders = [floor.place(side=side, quantity=Decimal(steps) / 1000) for steps in sizes]
    after = side_of(floor, asks=asks)
    filled = sum(order.filled_quantity for order in orders)
    assert sum_of(before) - sum_of(after) == filled
    assert dict(after).items() - dict(before).items() <= {after[0]}
    assert side_of(floor, asks=not asks) == other
    fills = [trade for order in orders for trade in floor.accounts[0].trades]
    assert {trade.price for trade in fills} <= {price for price, _ in before}


def test_what_was_taken_comes_back_in_equal_parts_and_then_the_book_is_whole() -> None:
    taken = Taken()
    taken.add(Decimal(12), asks=True, step_ms=0)
    taken.add(Decimal(24), asks=True, step_ms=STEP_MS)

    def missing(steps: int) -> Decimal:
        return taken.missing(asks=True, time_ms=STEP_MS * steps, recovery_ms=RECOVERY_MS)

    assert [missing(steps) for steps in (1, 2, 7, 12, 13)] == [35, 32, 17, 2, 0]
    assert not taken.asks
    assert missing(14) == 0


def test_a_book_that_was_taken_from_is_whole_again_after_the_recovery() -> None:
    floor, idle = open_floor(balances=(RICH,)), open_floor(balances=(RICH,))
    floor.place(quantity=Decimal(40))
    assert side_of(floor, asks=True) != side_of(idle, asks=True)
    for _ in range(RECOVERY_MS // STEP_MS - 1):
        for each in (floor, idle):
            each.pass_time(STEP_MS // 1000)
        assert sum_of(side_of(floor, asks=True)) < sum_of(side_of(idle, asks=True))
    for each in (floor, idle):
        each.pass_time(STEP_MS // 1000)
    assert side_of(floor, asks=True) == side_of(idle, asks=True)


def test_without_a_recovery_every_order_sees_the_whole_book() -> None:
    floor = open_floor(balances=(RICH, RICH), recovery_ms=0)
    orders = [floor.place(who, side=Side.SELL, quantity=Decimal(5)) for who in (0, 1)]
    assert orders[0].average_price == orders[1].average_price
    assert not floor.engine.market("BTCUSDT").book.taken.bids


def test_every_change_of_the_book_has_a_higher_number() -> None:
    floor = open_floor(balances=(RICH,))
    book = floor.engine.market("BTCUSDT").book
    numbers = [book.revision]
    for seconds in (0, 0, 5, 0, 5, 5):
        floor.place()
        floor.pass_time(seconds)
        numbers.append(book.revision)
    assert numbers == sorted(set(numbers))


def take_everything(floor: Floor) -> None:
    floor.engine.market("BTCUSDT").book.take(Decimal(10_000), asks=True)


def test_a_market_order_without_any_price_is_refused_on_binance_and_ended_on_bybit() -> None:
    floor = open_floor(balances=(RICH,))
    take_everything(floor)
    market = floor.engine.market("BTCUSDT")
    assert (market.ask_quantity, market.ask > market.bid) == (0, True)
    with pytest.raises(Refused) as caught:
        floor.place()
    assert caught.value.reason is Reason.NO_MARKET_PRICE
    assert floor.place(side=Side.SELL).status is OrderStatus.FILLED
    bybit = open_floor(exchange="bybit", balances=(RICH,))
    take_everything(bybit)
    order = bybit.place()
    assert (order.status, order.reason) == (OrderStatus.EXPIRED, "NO_DEPTH")
    assert not order.filled_quantity


@pytest.mark.parametrize(
    ("side", "values"),
    [
        (Side.BUY, {"market_take_bound": "0.0004"}),
        (Side.SELL, {"market_take_bound": "0.0004"}),
        (Side.BUY, {"multiplier_up": "1.0004"}),
        (Side.SELL, {"multiplier_down": "0.9996"}),
    ],
)
def test_a_market_order_trades_no_further_than_its_bound(
    side: Side, values: dict[str, str]
) -> None:
    floor = open_floor(balances=(RICH,))
    change(floor, **values)
    mark = floor.engine.market("BTCUSDT").mark_price
    order = floor.place(side=side, quantity=Decimal(150))
    assert order.status is OrderStatus.EXPIRED
    assert 0 < order.filled_quantity < order.quantity
    prices = [trade.price for trade in floor.accounts[0].trades]
    assert all(abs(price - mark) <= mark * Decimal("0.0004") for price in prices)
    assert max(abs(price - mark) for price in prices) > mark * Decimal("0.0002")


def test_a_best_price_beyond_the_band_refuses_market_orders_only() -> None:
    floor = open_floor(balances=(RICH,))
    market = floor.engine.market("BTCUSDT")
    change(floor, multiplier_up="0.9999")
    with pytest.raises(Refused) as caught:
        floor.place()
    assert caught.value.reason is Reason.NO_MARKET_PRICE
    assert not floor.accounts[0].orders
    price = market.round_to_tick(market.mark_price * Decimal("0.999"))
    assert floor.place(price=price).status is OrderStatus.NEW
