"""The ledger: every row once, classified, tied to the wallet; flows are no profit."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import LedgerRowReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import ledger
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import make_desk

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def make_row(
    row_type: str, amount: str, *, row_id: str = "1", symbol: str = "", asset: str = "USDT"
) -> LedgerRowReport:
    return LedgerRowReport(
        row_type=row_type,
        row_id=row_id,
        symbol=symbol,
        asset=asset,
        amount=Decimal(amount),
        occurred_at=NOON,
    )


@pytest.fixture
def account(as_daemon: str, server: Server, database_name: str) -> UUID:
    return make_desk(server, database_name, accounts=1).accounts[0]


async def ingest(account: UUID, *rows: LedgerRowReport, cursor: str = "c") -> list[LedgerRowReport]:
    async with begin(SYSTEM) as uow:
        return await ledger.ingest(
            uow, account, Exchange.BINANCE, rows, cursor=cursor, complete_until=NOON
        )


async def scalar(statement: str, account: UUID) -> object:
    async with reading(SYSTEM) as session:
        return (await session.execute(text(statement), {"id": account})).scalar_one()


async def test_the_same_row_is_stored_once_and_counted_once(account: UUID) -> None:
    row = make_row("REALIZED_PNL", "12.5")
    await ingest(account, row)
    await ingest(account, row, make_row("COMMISSION", "-0.5"))
    assert await scalar("SELECT count(*) FROM ledger_rows WHERE account_id = :id", account) == 2
    async with begin(SYSTEM) as uow:
        assert (await ledger.position(uow, account)).rows_total == Decimal(12)


async def test_one_id_of_two_types_or_symbols_is_two_rows(account: UUID) -> None:
    await ingest(
        account,
        make_row("FUNDING_FEE", "1", symbol="BTCUSDT"),
        make_row("FUNDING_FEE", "1", symbol="ETHUSDT"),
        make_row("COMMISSION", "1", symbol="BTCUSDT"),
    )
    assert await scalar("SELECT count(*) FROM ledger_rows WHERE account_id = :id", account) == 3


async def test_only_external_flows_are_returned_as_flow(account: UUID) -> None:
    flows = await ingest(
        account, make_row("TRANSFER", "100"), make_row("REALIZED_PNL", "7", row_id="2")
    )
    assert [flow.amount for flow in flows] == [Decimal(100)]


async def test_an_unknown_type_is_stored_and_reported(account: UUID) -> None:
    await ingest(account, make_row("SOMETHING_NEW", "1"))
    kind = await scalar("SELECT classification FROM ledger_rows WHERE account_id = :id", account)
    assert kind == "unknown"
    events = "SELECT count(*) FROM events WHERE type = 'UnknownLedgerType' AND subject_id = :id"
    assert await scalar(events, account) == 1


async def test_the_first_tie_out_defines_the_opening_wallet_and_later_ones_compare(
    account: UUID,
) -> None:
    await ingest(account, make_row("REALIZED_PNL", "10"))
    async with begin(SYSTEM) as uow:
        first = await ledger.tie_out(
            uow, account, wallet_balance=Decimal(1010), tolerance=Decimal(0)
        )
    await ingest(account, make_row("REALIZED_PNL", "5", row_id="2"))
    async with begin(SYSTEM) as uow:
        tied = await ledger.tie_out(
            uow, account, wallet_balance=Decimal(1015), tolerance=Decimal(0)
        )
    async with begin(SYSTEM) as uow:
        broken = await ledger.tie_out(
            uow, account, wallet_balance=Decimal("1015.00000001"), tolerance=Decimal(0)
        )
    assert (first, tied, broken) == (Decimal(0), Decimal(0), Decimal("0.00000001"))
    events = "SELECT count(*) FROM events WHERE type = 'LedgerDidNotTie' AND subject_id = :id"
    assert await scalar(events, account) == 1


async def test_a_row_in_another_coin_explains_nothing_of_the_wallet(account: UUID) -> None:
    flows = await ingest(
        account,
        make_row("TRANSFER", "100"),
        make_row("TRANSFER", "2", asset="BNB", row_id="2"),
        make_row("COMMISSION", "-0.01", asset="BNB", row_id="3"),
    )
    assert [row.asset for row in flows] == ["USDT"]
    async with begin(SYSTEM) as uow:
        assert (await ledger.position(uow, account)).rows_total == Decimal(100)
    assert await scalar("SELECT count(*) FROM ledger_rows WHERE account_id = :id", account) == 3
