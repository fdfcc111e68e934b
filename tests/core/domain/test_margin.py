from decimal import Decimal

from patriot_app.core.domain.instruments import LeverageBracket
from patriot_app.core.domain.margin import (
    initial_margin,
    liquidation_price,
    maintenance_margin,
    margin_ratio,
)
from tests.factories.market import make_instrument


def test_maintenance_margin_is_continuous_between_brackets() -> None:
    instrument = make_instrument()
    assert maintenance_margin(instrument, Decimal(10_000)) == 40
    assert maintenance_margin(instrument, Decimal(50_000)) == 200
    assert maintenance_margin(instrument, Decimal(10_000_000)) is None


def test_at_the_liquidation_price_equity_equals_maintenance_margin() -> None:
    bracket = LeverageBracket(Decimal(0), Decimal(10**9), 125, Decimal("0.005"), Decimal(0))
    instrument = make_instrument(brackets=(bracket,))
    for quantity in (Decimal(1), Decimal(-1)):
        entry, wallet = Decimal(50_000), Decimal(5_000)
        price = liquidation_price(
            instrument, quantity=quantity, entry_price=entry, wallet_balance=wallet
        )
        assert price is not None
        equity = wallet + (price - entry) * quantity
        assert abs(equity - price * Decimal("0.005")) < Decimal("1E-15")


def test_a_position_smaller_than_its_wallet_is_never_liquidated_long() -> None:
    price = liquidation_price(
        make_instrument(),
        quantity=Decimal("0.1"),
        entry_price=Decimal(50_000),
        wallet_balance=Decimal(6_000),
    )
    assert price is None


def test_margin_figures() -> None:
    assert initial_margin(Decimal(5_000), leverage=10) == 500
    assert margin_ratio(maintenance=Decimal(20), equity=Decimal(100)) == Decimal("0.2")
    assert margin_ratio(maintenance=Decimal(20), equity=Decimal(0)) is None
