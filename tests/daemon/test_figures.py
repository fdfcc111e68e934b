"""Live figures: what an account is worth between two readings."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.figures import Figures
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.positions import BalanceReport
from tests.factories.market import make_instrument

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT = uuid4()


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


@pytest.fixture
def figures() -> Figures:
    """One account of 1,000 USDT that holds nothing."""
    made = Figures()
    read(made)
    return made


def read(figures: Figures) -> None:
    figures.put_reading(ACCOUNT, Exchange.BINANCE, AccountMode.PAPER, make_balance("1000"), [])


def buy(figures: Figures, account_id: UUID = ACCOUNT) -> None:
    figures.note_position(
        account_id, "BTCUSDT", quantity=Decimal("0.01"), entry_price=Decimal(50_000)
    )


def value(figures: Figures, *, price: str = "50000") -> BalanceReport:
    instrument = make_instrument(symbol="BTCUSDT")
    found = figures.value(
        ACCOUNT,
        price_of=lambda *_: Decimal(price),
        instruments={(Exchange.BINANCE, "BTCUSDT"): instrument},
        now=NOW,
    )
    assert found is not None
    return found.balance


def test_the_margin_of_a_new_position_follows_the_leverage_set_before_it(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    buy(figures)
    assert value(figures).initial_margin == 100
    assert value(figures).available_balance == 900


def test_a_leverage_is_remembered_over_a_reading_and_a_flat_position(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    figures.note_position(ACCOUNT, "BTCUSDT", quantity=Decimal(0), entry_price=Decimal(0))
    read(figures)
    buy(figures)
    assert value(figures).initial_margin == 100


def test_a_leverage_that_changes_under_a_position_changes_its_margin(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 1)
    buy(figures)
    assert value(figures).initial_margin == 500
    figures.note_leverage(ACCOUNT, "BTCUSDT", 10)
    assert value(figures).initial_margin == 50


def test_equity_follows_the_price(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    buy(figures)
    assert value(figures, price="51000").equity == 1_010
    assert value(figures, price="49000").unrealised_pnl == -10


def test_news_of_an_account_that_was_never_read_is_not_enough() -> None:
    figures = Figures()
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    buy(figures)
    assert figures.value(ACCOUNT, price_of=lambda *_: None, instruments={}, now=NOW) is None


def test_a_position_whose_leverage_nobody_told_is_not_valued(figures: Figures) -> None:
    buy(figures)
    instruments = {(Exchange.BINANCE, "BTCUSDT"): make_instrument(symbol="BTCUSDT")}
    found = figures.value(
        ACCOUNT, price_of=lambda *_: Decimal(50_000), instruments=instruments, now=NOW
    )
    assert found is None


def test_money_that_moved_is_news_until_its_ledger_is_read(figures: Figures) -> None:
    figures.note_wallet(ACCOUNT, Decimal(900))
    assert figures.money_moved() == {ACCOUNT}
    figures.money_read(ACCOUNT)
    assert figures.money_moved() == frozenset()
