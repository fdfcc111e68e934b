from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.order_books import BookLevel, OrderBook, impact_bps
from patriot_app.core.domain.orders import Side


def make_book(*, spread: str = "2", levels: int = 3, quantity: str = "1") -> OrderBook:
    """Return levels of one unit each, one USDT apart, around 1,000."""
    half = Decimal(spread) / 2
    return OrderBook(
        bids=tuple(BookLevel(1000 - half - n, Decimal(quantity)) for n in range(levels)),
        asks=tuple(BookLevel(1000 + half + n, Decimal(quantity)) for n in range(levels)),
    )


def test_the_smallest_order_pays_half_the_spread() -> None:
    assert impact_bps(make_book(), side=Side.BUY, quantity=Decimal("0.001")) == 10


def test_a_larger_order_pays_the_average_of_the_levels_that_it_walks() -> None:
    # One unit at 1,001, one at 1,002 and half of one at 1,003.
    found = impact_bps(make_book(), side=Side.BUY, quantity=Decimal("2.5"))
    assert found == (Decimal(1) + 2 + Decimal("1.5")) / Decimal("2.5") * 10


def test_selling_walks_the_bids() -> None:
    lopsided = OrderBook(bids=make_book().bids[:1], asks=make_book().asks)
    assert impact_bps(lopsided, side=Side.BUY, quantity=Decimal(2)) == 15
    assert impact_bps(lopsided, side=Side.SELL, quantity=Decimal(2)) is None


def test_more_than_the_visible_levels_hold_has_no_figure() -> None:
    assert impact_bps(make_book(), side=Side.BUY, quantity=Decimal(3)) == 20
    assert impact_bps(make_book(), side=Side.BUY, quantity=Decimal("3.001")) is None


def test_a_book_with_an_empty_side_tells_nothing() -> None:
    empty = OrderBook(bids=(), asks=make_book().asks)
    assert impact_bps(empty, side=Side.BUY, quantity=Decimal(1)) is None


@given(
    smaller=st.decimals("0.001", 5, places=3),
    more=st.decimals(0, 5, places=3),
    side=st.sampled_from(Side),
)
def test_a_larger_order_never_costs_less(smaller: Decimal, more: Decimal, side: Side) -> None:
    book = make_book(levels=10)
    one = impact_bps(book, side=side, quantity=smaller)
    two = impact_bps(book, side=side, quantity=smaller + more)
    assert one is not None
    assert two is not None
    assert 10 <= one <= two
