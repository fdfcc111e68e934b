"""The synthetic book: what it offers, what size costs in it, and how it fills those who wait."""

from decimal import Decimal
from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.paper_exchange.book import Book
from daemon.paper_exchange.book_parameters import BEST_NOTIONAL, DEPTH, LEVELS_MAX
from daemon.paper_exchange.commands import AmendOrder
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.model_parameters import SHAPES
from daemon.paper_exchange.orders import OrderStatus
from tests.paper_exchange.trading_floor import START_MS, open_floor

SYMBOLS = sorted(INSTRUMENTS["binance"])


def make_book(
    symbol: str = "BTCUSDT", *, seed: int = 7, moment: int = 0, exchange: str = "binance"
) -> Book:
    spec = INSTRUMENTS[exchange][symbol]
    book = Book(spec, seed=seed)
    price = Decimal(str(SHAPES[symbol].start_price))
    book.move(price - price % spec.tick_size, START_MS + moment * 5_000)
    return book


@given(
    st.sampled_from(("binance", "bybit")),
    st.sampled_from(SYMBOLS),
    st.integers(0, 10_000),
    st.booleans(),
)
def test_levels_lead_away_from_the_best_price_on_the_grid(
    exchange: str, symbol: str, moment: int, asks: bool
) -> None:
    book = make_book(symbol, moment=moment, exchange=exchange)
    spec = book.spec
    levels = list(book.levels(asks=asks, depth=60))
    assert len(levels) == 60
    assert levels[0] == (book.ask if asks else book.bid, book.best_quantity(asks=asks))
    prices = [price if asks else -price for price, _ in levels]
    assert all(left < right for left, right in pairwise(prices))
    for price, quantity in levels:
        assert price % spec.tick_size == 0
        assert quantity % spec.step_size == 0
        assert quantity >= spec.min_quantity
    assert book.bid < book.ask


def test_the_same_seed_shows_the_same_book_and_another_seed_another() -> None:
    books = [list(make_book(seed=seed).levels(asks=True, depth=20)) for seed in (7, 7, 8)]
    assert books[0] == books[1] != books[2]


def test_on_average_the_book_is_as_deep_as_the_recorded_one() -> None:
    books = [make_book(moment=moment) for moment in range(400)]
    best = fmean(float(book.best_quantity(asks=True) * book.ask) for book in books)
    assert best == pytest.approx(float(BEST_NOTIONAL), rel=0.1)
    wanted = dict(DEPTH)
    for distance in (Decimal(1), Decimal(5), Decimal(10)):
        inside: list[float] = []
        for book in books[:60]:
            levels = list(book.levels(asks=False, depth=LEVELS_MAX))[1:]
            reach = book.bid * (1 - distance / 10_000)
            inside.append(float(sum(price * size for price, size in levels if price >= reach)))
        assert fmean(inside) == pytest.approx(float(wanted[distance]), rel=0.25)


def test_one_tick_is_the_spread_most_of_the_time() -> None:
    spreads = [book.ask - book.bid for book in (make_book(moment=n) for n in range(1_000))]
    share = sum(1 for spread in spreads if spread == Decimal("0.1")) / len(spreads)
    assert 0.9 < share < 0.98


@given(st.integers(1, 4_000), st.integers(1, 4_000))
def test_size_costs_slippage(left: int, right: int) -> None:
    averages = []
    for steps in sorted((left, right)):
        floor = open_floor(balances=("100000000",))
        order = floor.place(quantity=Decimal(steps) / 100)
        assert order.status is OrderStatus.FILLED
        averages.append(order.average_price)
    assert averages[0] <= averages[1]
    assert averages[0] >= open_floor().engine.market("BTCUSDT").ask


def test_an_order_that_joins_the_best_price_waits_for_those_before_it() -> None:
    floor = open_floor()
    market = floor.engine.market("BTCUSDT")
    order = floor.place(price=market.bid)
    assert order.queue_ahead == market.bid_quantity
    before = order.queue_ahead
    floor.engine.set_price("BTCUSDT", market.bid)
    served = market.flow(asks=False)
    assert order.queue_ahead == max(Decimal(0), before - served)
    assert order.filled_quantity == min(order.quantity, max(Decimal(0), served - before))


def test_a_price_that_goes_through_serves_everybody_before_it() -> None:
    floor = open_floor()
    market = floor.engine.market("BTCUSDT")
    order = floor.place(price=market.bid)
    floor.engine.set_price("BTCUSDT", market.bid - 5)
    assert order.status is OrderStatus.FILLED
    assert order.queue_ahead == 0


def test_orders_of_one_account_are_served_by_price_and_then_by_age() -> None:
    floor = open_floor(balances=("100000000",))
    price = floor.engine.market("BTCUSDT").last_price
    late, first, second = (
        floor.place(quantity=Decimal(300), price=price - away) for away in (12, 10, 10)
    )
    for _ in range(400):
        floor.engine.set_price("BTCUSDT", price - 15)
        if not second.is_open and not late.filled_quantity:
            break
        assert not second.filled_quantity or not first.is_open
        assert not late.filled_quantity or not second.is_open
    assert [trade.order_id for trade in floor.accounts[0].trades[:1]] == [first.order_id]


def test_an_amended_order_keeps_its_place_only_when_it_gets_smaller() -> None:
    floor = open_floor()
    market = floor.engine.market("BTCUSDT")
    order = floor.place(price=market.bid)
    order.queue_ahead = Decimal("0.007")
    account = floor.accounts[0]
    smaller = AmendOrder(order_id=order.order_id, quantity=Decimal("0.03"))
    floor.engine.submit(account, smaller)
    assert order.queue_ahead == Decimal("0.007")
    larger = AmendOrder(order_id=order.order_id, quantity=Decimal("0.04"))
    floor.engine.submit(account, larger)
    assert order.queue_ahead == market.bid_quantity
