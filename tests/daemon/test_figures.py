"""Figures between readings: equity follows from wallet, positions and prices, or is not told."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.figures import Figures, Valuation
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import PositionSide
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from tests.factories.market import make_instrument

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ACCOUNT = uuid4()
INSTRUMENTS = {(Exchange.BINANCE, "BTCUSDT"): make_instrument(symbol="BTCUSDT")}


def make_balance(wallet: str) -> BalanceReport:
    money = Decimal(wallet)
    return BalanceReport(
        wallet_balance=money,
        equity=money,
        unrealised_pnl=Decimal(0),
        available_balance=money,
        initial_margin=Decimal(0),
        maintenance_margin=Decimal(0),
        updated_at=NOW,
    )


def make_position(quantity: str, *, entry: str = "50000", leverage: int = 5) -> PositionReport:
    return PositionReport(
        symbol="BTCUSDT",
        position_side=PositionSide.BOTH,
        quantity=Decimal(quantity),
        entry_price=Decimal(entry),
        mark_price=Decimal(entry),
        unrealised_pnl=Decimal(0),
        liquidation_price=None,
        leverage=leverage,
        stop_loss=None,
        updated_at=NOW,
    )


def value(
    figures: Figures, *, price: str | None = "51000", account: UUID = ACCOUNT
) -> Valuation | None:
    return figures.value(
        account,
        price_of=lambda *_: None if price is None else Decimal(price),
        instruments=INSTRUMENTS,
        now=NOW,
    )


@pytest.fixture
def figures() -> Figures:
    made = Figures()
    made.put_reading(
        ACCOUNT, Exchange.BINANCE, AccountMode.PAPER, make_balance("10000"), [make_position("0.1")]
    )
    return made


def test_equity_moves_with_the_price(figures: Figures) -> None:
    found = value(figures)
    assert found is not None
    assert found.balance.unrealised_pnl == Decimal(100)
    assert found.balance.equity == Decimal(10100)
    assert found.balance.initial_margin == Decimal(1020)
    assert found.balance.available_balance == Decimal(9080)


def test_news_of_wallet_and_position_replace_what_was_read(figures: Figures) -> None:
    figures.note_wallet(ACCOUNT, Decimal(9990))
    figures.note_position(ACCOUNT, "BTCUSDT", quantity=Decimal(0), entry_price=Decimal(0))
    found = value(figures)
    assert found is not None
    assert (found.balance.equity, found.positions) == (Decimal(9990), ())


def test_without_a_fresh_price_nothing_is_told(figures: Figures) -> None:
    assert value(figures, price=None) is None


def test_a_position_whose_leverage_nobody_told_is_not_valued() -> None:
    figures = Figures()
    figures.put_reading(ACCOUNT, Exchange.BINANCE, AccountMode.PAPER, make_balance("10000"), [])
    figures.note_position(ACCOUNT, "BTCUSDT", quantity=Decimal(1), entry_price=Decimal(50000))
    assert value(figures) is None
    figures.note_leverage(ACCOUNT, "BTCUSDT", 10)
    assert value(figures) is not None


def test_an_account_never_read_is_not_valued_by_news_alone() -> None:
    figures = Figures()
    figures.note_wallet(ACCOUNT, Decimal(5))
    assert value(figures) is None


def test_money_that_moved_is_news_until_its_ledger_is_read(figures: Figures) -> None:
    figures.note_wallet(ACCOUNT, Decimal(9000))
    assert figures.money_moved() == {ACCOUNT}
    figures.money_read(ACCOUNT)
    assert figures.money_moved() == frozenset()
