from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.fills import FillReport, identity, signed_quantity
from patriot_app.core.domain.orders import Side
from patriot_app.core.domain.positions import (
    FLAT,
    Position,
    PositionChange,
    apply_fill,
    change_of,
    position_of,
    unrealised_pnl,
)
from tests.factories.orders import make_fill


def buy(quantity: str, price: str) -> FillReport:
    return make_fill(side=Side.BUY, quantity=Decimal(quantity), price=Decimal(price))


def sell(quantity: str, price: str) -> FillReport:
    return make_fill(side=Side.SELL, quantity=Decimal(quantity), price=Decimal(price))


def test_purchases_average_their_price() -> None:
    position = position_of([buy("1", "100"), buy("3", "104")])
    assert (position.quantity, position.entry_price) == (4, 103)


def test_a_reduction_realises_and_keeps_the_entry() -> None:
    position = position_of([buy("2", "100"), sell("0.5", "110")])
    assert position == Position(Decimal("1.5"), Decimal(100), Decimal(5))


def test_a_reversal_realises_all_and_enters_at_the_new_price() -> None:
    position = position_of([sell("2", "100"), buy("3", "90")])
    assert position == Position(Decimal(1), Decimal(90), Decimal(20))


def test_a_closed_position_has_no_entry() -> None:
    position = position_of([sell("2", "100"), buy("2", "101")])
    assert position == Position(Decimal(0), Decimal(0), Decimal(-2))


def test_the_profit_that_the_exchange_states_is_taken() -> None:
    fills = [buy("1", "100"), make_fill(side=Side.SELL, realised_pnl=Decimal("0.12345678"))]
    assert position_of(fills).realised_pnl == Decimal("0.12345678")


def test_commission_counts_in_the_quote_asset_only() -> None:
    fills = [
        make_fill(commission=Decimal("0.04")),
        make_fill(commission=Decimal("-0.01")),
        make_fill(commission=Decimal("0.001"), commission_asset="BNB"),
    ]
    assert position_of(fills).commission == Decimal("0.03")


def test_contract_size_scales_the_profit() -> None:
    position = position_of([buy("2", "100"), sell("2", "110")], contract_size=Decimal("0.1"))
    assert position.realised_pnl == 2


def test_changes_have_names() -> None:
    opened = apply_fill(FLAT, buy("1", "1"))
    more = apply_fill(opened, buy("1", "1"))
    reversed_ = apply_fill(more, sell("3", "1"))
    closed = apply_fill(reversed_, buy("1", "1"))
    assert change_of(FLAT, opened) is PositionChange.OPENED
    assert change_of(opened, more) is PositionChange.INCREASED
    assert change_of(more, opened) is PositionChange.REDUCED
    assert change_of(more, reversed_) is PositionChange.REVERSED
    assert change_of(reversed_, closed) is PositionChange.CLOSED
    assert change_of(closed, closed) is PositionChange.UNCHANGED


def test_a_fill_is_the_same_by_stream_and_by_rest() -> None:
    account = UUID(int=1)
    assert identity(account, make_fill()) == identity(account, make_fill(source="rest"))
    assert identity(account, make_fill()) != identity(UUID(int=2), make_fill())


fills = st.lists(
    st.builds(
        lambda side, quantity, price: make_fill(side=side, quantity=quantity, price=price),
        st.sampled_from(Side),
        st.decimals(min_value="0.001", max_value="100", places=3),
        st.decimals(min_value="0.1", max_value="100000", places=1),
    ),
    max_size=25,
)


@given(fills=fills, mark=st.decimals(min_value="0.1", max_value="100000", places=1))
def test_a_position_is_the_sum_of_its_fills(fills: list[FillReport], mark: Decimal) -> None:
    position = position_of(fills)
    assert position.quantity == sum((signed_quantity(fill) for fill in fills), Decimal(0))
    assert (position.entry_price == 0) == (position.quantity == 0)
    # Selling for more than was paid is profit, however the fills are averaged.
    cash = -sum((signed_quantity(fill) * fill.price for fill in fills), Decimal(0))
    worth = position.realised_pnl + unrealised_pnl(position, mark_price=mark)
    assert abs(worth - (cash + position.quantity * mark)) < Decimal("1E-12")
