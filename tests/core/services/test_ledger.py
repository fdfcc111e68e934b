"""The ledger: every row once, classified, tied to the wallet; flows are no profit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import LedgerClass, LedgerRowReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries.reader import reading
from patriot_app.core.services import ledger, ledger_days, ledger_types
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.desk import make_desk
from tests.factories.rows import OPERATOR

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


async def ingest(
    account: UUID,
    *rows: LedgerRowReport,
    cursor: str = "c",
    complete_until: datetime | None = NOON,
) -> list[LedgerRowReport]:
    async with begin(SYSTEM) as uow:
        return await ledger.ingest(
            uow, account, Exchange.BINANCE, rows, cursor=cursor, complete_until=complete_until
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
            uow, account, wallet_balance=Decimal(1010), tolerance=Decimal(0), market_at=NOON
        )
    await ingest(account, make_row("REALIZED_PNL", "5", row_id="2"))
    async with begin(SYSTEM) as uow:
        tied = await ledger.tie_out(
            uow, account, wallet_balance=Decimal(1015), tolerance=Decimal(0), market_at=NOON
        )
    async with begin(SYSTEM) as uow:
        broken = await ledger.tie_out(
            uow,
            account,
            wallet_balance=Decimal("1015.00000001"),
            tolerance=Decimal(0),
            market_at=NOON,
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


async def test_a_row_told_again_with_another_amount_is_told_and_not_changed(account: UUID) -> None:
    await ingest(account, make_row("COMMISSION", "-1"))
    await ingest(account, make_row("COMMISSION", "-1"))
    events = "SELECT count(*) FROM events WHERE type = 'LedgerRowDiffered' AND subject_id = :id"
    assert await scalar(events, account) == 0
    await ingest(account, make_row("COMMISSION", "-2"))
    assert await scalar(events, account) == 1
    assert await scalar("SELECT amount FROM ledger_rows WHERE account_id = :id", account) == -1


async def test_what_an_exchange_no_longer_serves_is_a_gap_told_once(account: UUID) -> None:
    gap = "SELECT gap_from FROM ledger_cursors WHERE account_id = :id"
    for months, expected in ((0, None), (2, None), (6, 2), (7, 2)):
        async with begin(SYSTEM) as uow:
            await ledger.ingest(
                uow,
                account,
                Exchange.BINANCE,
                [],
                cursor="c",
                complete_until=NOON + timedelta(days=30 * months),
            )
        found = await scalar(gap, account)
        assert found == (None if expected is None else NOON + timedelta(days=30 * expected))
    events = "SELECT count(*) FROM events WHERE type = 'LedgerGapFound' AND subject_id = :id"
    assert await scalar(events, account) == 1


async def test_a_gap_is_accepted_by_a_person_with_a_reason(
    account: UUID, engines: tuple[AsyncEngine, AsyncEngine]
) -> None:
    await _gap(account)
    use_engine(engines[0])
    async with begin(OPERATOR) as uow:
        with pytest.raises(Invalid):
            await ledger_types.accept_gap(uow, account, reason="")
        await ledger_types.accept_gap(uow, account, reason="The client's export shows none")
    with pytest.raises(Refused, match="has no gap"):
        async with begin(OPERATOR) as uow:
            await ledger_types.accept_gap(uow, account, reason="Once more")


async def _gap(account: UUID) -> None:
    async with begin(SYSTEM) as uow:
        await uow.session.execute(
            text("INSERT INTO ledger_cursors (account_id, gap_from) VALUES (:id, now())"),
            {"id": account},
        )


async def test_a_type_that_a_person_classified_counts_for_old_rows_and_new_ones(
    account: UUID, engines: tuple[AsyncEngine, AsyncEngine]
) -> None:
    web, daemon = engines
    name = f"NEW_{account.hex[-8:]}"
    await ingest(account, make_row(name, "5"))
    use_engine(web)
    async with begin(OPERATOR) as uow:
        rows = await ledger_types.classify(
            uow,
            Exchange.BINANCE,
            name,
            classification=LedgerClass.EXTERNAL_FLOW,
            reason="A deposit by another name",
        )
    assert rows == 1
    with pytest.raises(Refused, match="is classified already"):
        async with begin(OPERATOR) as uow:
            await ledger_types.classify(
                uow,
                Exchange.BINANCE,
                name,
                classification=LedgerClass.NEUTRAL,
                reason="On second thought",
            )
    use_engine(daemon)
    flows = await ingest(account, make_row(name, "7", row_id="2"))
    assert [row.amount for row in flows] == [Decimal(7)]
    kinds = (
        "SELECT string_agg(DISTINCT classification, ',') FROM ledger_rows WHERE account_id = :id"
    )
    assert await scalar(kinds, account) == "external_flow"


async def test_each_day_ties_by_what_came_to_its_difference(account: UUID) -> None:
    midnight = NOON.replace(hour=0)
    await ingest(account, make_row("TRANSFER", "1000"))
    for day, wallet in ((0, "1000"), (1, "1000"), (3, "995"), (4, "995")):
        async with begin(SYSTEM) as uow:
            await ledger.tie_out(
                uow,
                account,
                wallet_balance=Decimal(wallet),
                tolerance=Decimal(100),
                market_at=NOON + timedelta(days=day),
            )
    async with begin(SYSTEM) as uow:
        await ledger.ingest(
            uow,
            account,
            Exchange.BINANCE,
            [],
            cursor="c",
            complete_until=midnight + timedelta(days=5),
        )
    async with begin(SYSTEM) as uow:
        await ledger_days.settle(uow)
    assert await _days(account) == ["tied", "tied", "not_compared", "differs", "tied"]
    total = "SELECT sum(rows_total) FROM ledger_days WHERE account_id = :id"
    assert await scalar(total, account) == 1000
    # A row that comes late has its day settled again.
    await ingest(account, make_row("FUNDING_FEE", "-1", row_id="9"), complete_until=None)
    assert (await _days(account))[0] == "waiting"
    async with begin(SYSTEM) as uow:
        assert await ledger_days.settle(uow) == 1
    assert await scalar(total, account) == 999


async def _days(account: UUID) -> list[str]:
    found = await scalar(
        "SELECT string_agg(state, ',' ORDER BY day) FROM ledger_days WHERE account_id = :id",
        account,
    )
    return str(found).split(",")


async def test_a_ledger_that_was_not_read_for_an_hour_is_told_of_once(account: UUID) -> None:
    await ingest(account, make_row("TRANSFER", "1"))
    events = "SELECT count(*) FROM events WHERE type = 'LedgerWentStale' AND subject_id = :id"
    later = FrozenClock(SystemClock().now() + timedelta(hours=2))
    for _ in range(2):
        async with begin(SYSTEM, clock=later) as uow:
            await ledger_days.tell_stale(uow)
    assert await scalar(events, account) == 1
    await ingest(account, make_row("TRANSFER", "1", row_id="2"))
    assert (
        await scalar("SELECT stale_since FROM ledger_cursors WHERE account_id = :id", account)
        is None
    )
