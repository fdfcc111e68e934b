"""Live figures: what an account is worth between two readings."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from daemon.figures import Figures, Valuation
from daemon.jobs import ingest_ledger
from daemon.schedule import TIMETABLE
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.positions import BalanceReport
from tests.factories.market import make_instrument

SECOND = timedelta(seconds=1)
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


def read(figures: Figures, *, as_of: datetime = NOW) -> None:
    figures.put_reading(
        ACCOUNT, Exchange.BINANCE, AccountMode.PAPER, make_balance("1000"), [], as_of=as_of
    )


def buy(figures: Figures, account_id: UUID = ACCOUNT, *, told_at: datetime = NOW) -> None:
    tell(figures, "0.01", account_id, told_at=told_at)


def tell(
    figures: Figures, quantity: str, account_id: UUID = ACCOUNT, *, told_at: datetime = NOW
) -> None:
    figures.note_position(
        account_id,
        "BTCUSDT",
        quantity=Decimal(quantity),
        entry_price=Decimal(50_000),
        told_at=told_at,
    )


def value(figures: Figures, *, price: str = "50000") -> BalanceReport:
    return valued(figures, price=price).balance


def valued(figures: Figures, *, price: str = "50000") -> Valuation:
    instrument = make_instrument(symbol="BTCUSDT")
    found = figures.value(
        ACCOUNT,
        price_of=lambda *_: Decimal(price),
        instruments={(Exchange.BINANCE, "BTCUSDT"): instrument},
        now=NOW,
    )
    assert found is not None
    return found


def test_the_margin_of_a_new_position_follows_the_leverage_set_before_it(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    buy(figures)
    assert value(figures).initial_margin == 100
    assert value(figures).available_balance == 900


def test_a_leverage_is_remembered_over_a_reading_and_a_flat_position(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    tell(figures, "0")
    read(figures, as_of=NOW + SECOND)
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


def test_a_wallet_that_moved_without_a_word_is_news_at_the_next_reading(figures: Figures) -> None:
    read(figures, as_of=NOW)
    assert figures.money_moved() == frozenset()
    figures.put_reading(
        ACCOUNT,
        Exchange.BINANCE,
        AccountMode.PAPER,
        make_balance("1500"),
        [],
        as_of=NOW,
    )
    assert figures.money_moved() == {ACCOUNT}


def test_a_ledger_with_news_is_read_within_a_minute() -> None:
    every_s = next(job.every_s for job in TIMETABLE if job.name == "ingest_ledger")
    assert ingest_ledger.MOVED_AFTER.total_seconds() + every_s <= 45


def test_what_a_stream_told_while_a_reading_was_made_is_newer_than_it(figures: Figures) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    buy(figures, told_at=NOW + SECOND)
    read(figures, as_of=NOW)
    found = valued(figures)
    assert [position.quantity for position in found.positions] == [Decimal("0.01")]
    assert found.told_at == {"BTCUSDT": NOW + SECOND}
    assert found.held_at == NOW


def test_a_quantity_is_known_as_of_when_it_was_told_however_often_it_is_valued(
    figures: Figures,
) -> None:
    figures.note_leverage(ACCOUNT, "BTCUSDT", 5)
    buy(figures)
    tell(figures, "0", told_at=NOW + SECOND)
    found = valued(figures)
    assert found.positions == ()
    assert found.told_at == {"BTCUSDT": NOW + SECOND}
    read(figures, as_of=NOW + 2 * SECOND)
    assert valued(figures).told_at == {}
    assert valued(figures).held_at == NOW + 2 * SECOND
