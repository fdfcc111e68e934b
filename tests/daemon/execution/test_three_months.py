"""The specification's example on the real system: an exchange, the daemon's own jobs, the desk.

The exchange stands in for the live ones; its market jumps from one moment to the next. What it books
is what the example says; everything else is read, valued, closed, invoiced and printed by the product.
"""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy.ext.asyncio import AsyncEngine

from daemon.jobs import (
    close_fee_periods,
    ingest_ledger,
    snapshot_equity,
    sync_accounts,
    tie_out_days,
)
from daemon.paper_exchange.accounts import LedgerType, Position
from daemon.paper_exchange.ledger import post_row
from daemon.paper_exchange.market import STEP_MS
from patriot_app.core.clock import MarketClock
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.documents import printing
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.queries import fee_periods, invoices
from patriot_app.core.services import invoice_settlements
from patriot_app.core.unit_of_work import begin
from patriot_app.web.parts.statements import bridge_lines, fee_lines
from tests.core.conftest import engines
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server
from tests.factories.months import Mandate, first_of
from tests.factories.rows import OPERATOR, DaemonRows, make_mandate

__all__ = ["engines"]

BEFORE = datetime(2025, 12, 31, 12, tzinfo=UTC)
S, L = FeePeriodStatus, LedgerType
D = Decimal


@dataclass
class Months:
    """The desk, its trader and the mandate over the two accounts."""

    trader: Trader
    mandate: Mandate

    def go_to(self, moment: datetime) -> None:
        """Let it be another moment of the market, everywhere."""
        paper, context = self.trader.paper.exchange, self.trader.context
        moment_ms = int(moment.timestamp() * 1000)
        paper.clock.set(market_ms=moment_ms)
        for engine in paper.engines.values():
            engine.start_at(moment_ms - moment_ms % STEP_MS)
        self.mandate.set_market_time(moment)
        context.market_clock = MarketClock(
            wall_origin=context.clock.now(), market_origin=moment, speed=1, paused=True
        )

    def book(self, account_id: UUID, kind: LedgerType, amount: str) -> None:
        """Let the exchange change a wallet now."""
        engine, account = self._at_exchange(account_id)
        post_row(
            engine.state,
            account,
            kind=kind,
            amount=D(amount),
            now_ms=engine.clock.now_ms(),
            symbol="" if kind is L.TRANSFER else SYMBOL,
        )

    def hold(self, account_id: UUID, open_profit: str) -> None:
        """Let an account hold one contract that is worth so much more than it cost; "0": nothing."""
        engine, account = self._at_exchange(account_id)
        account.positions.clear()
        if D(open_profit):
            entry = engine.market(SYMBOL).mark_price - D(open_profit)
            position = Position(symbol=SYMBOL, quantity=D(1), entry_price=entry)
            account.positions[position.key] = position
        engine.state.index_position(account, SYMBOL)

    def _at_exchange(self, account_id: UUID):  # type: ignore[no-untyped-def]
        session = self.trader.context.sessions[account_id]
        engine = self.trader.paper.exchange.engines[session.exchange.value]
        return engine, engine.accounts[account_id.hex]

    async def read(self) -> None:
        """Let a while pass, in which the timetable reads and values both accounts."""
        rows, context = self.mandate.rows, self.trader.context
        rows.execute(
            "UPDATE account_states SET observed_at = now() - interval '1 minute', synced_at = NULL"
        )
        rows.execute("UPDATE ledger_cursors SET read_at = now() - interval '20 minutes'")
        with self.mandate.acting_as(self.mandate.daemon):
            for job in (sync_accounts, ingest_ledger, snapshot_equity, tie_out_days):
                await job.run(context)

    async def close(self, month: int, *, binance: str = "0", bybit: str = "0") -> FeePeriodStatus:
        """Let a month end with so much open profit, be read and closed; return what it is now."""
        self.go_to(first_of(month + 1) - timedelta(seconds=30))
        self.hold(self.mandate.binance, binance)
        self.hold(self.mandate.bybit, bybit)
        await self.read()
        self.go_to(first_of(month + 1) + timedelta(seconds=30))
        await self.read()
        return await self.compute(month)

    async def compute(self, month: int) -> FeePeriodStatus:
        """Let the timetable look at what is due, drafts and held months too."""
        self.mandate.rows.execute("UPDATE fee_periods SET computed_at = '2000-01-01Z'")
        with self.mandate.acting_as(self.mandate.daemon):
            await close_fee_periods.run(self.trader.context)
        return S((await self.mandate.month(month)).status)

    async def finalise(self, month: int) -> None:
        """Let the desk make a draft final."""
        await self.mandate.finalise((await self.mandate.month(month)).id)

    async def january(self, *, late: str = "0") -> None:
        """Book the example's first month; `late` of the commission is not told yet."""
        binance, bybit = self.mandate.binance, self.mandate.bybit
        self.go_to(first_of(1) + timedelta(days=9))
        self.book(binance, L.TRANSFER, "2000")
        for account, realised, funding, commission in (
            (binance, "900", "-40", D(-60) - D(late)),
            (bybit, "-200", "10", D(-20)),
        ):
            self.book(account, L.REALISED_PNL, realised)
            self.book(account, L.FUNDING, funding)
            self.book(account, L.COMMISSION, str(commission))
        await self.read()
        self.go_to(first_of(1) + timedelta(days=19))
        self.book(binance, L.TRANSFER, "-1000")
        self.go_to(first_of(1) + timedelta(days=19, minutes=4))
        self.book(bybit, L.TRANSFER, "1000")

    async def later(self, month: int, binance: str, bybit: str = "0") -> None:
        """Book a month in which nothing else happens."""
        self.go_to(first_of(month) + timedelta(days=14))
        for account, realised in ((self.mandate.binance, binance), (self.mandate.bybit, bybit)):
            if D(realised):
                self.book(account, L.REALISED_PNL, realised)
        await self.read()

    async def fees(self) -> list[tuple[Decimal | None, ...]]:
        """Return each month's M, fee and mark after it."""
        found = [await self.mandate.month(number) for number in (1, 2, 3)]
        return [(row.net_profit, row.fee, row.high_water_mark_after) for row in found]

    async def invoices(self) -> list[str]:
        """Return every invoice in the order of its number, which have no gap."""
        statement = (
            "SELECT array_agg(status || ' ' || amount ORDER BY number) AS found,"
            " array_agg(right(number, 5)::int ORDER BY number) AS places"
            " FROM invoices WHERE mandate_id = :id"
        )
        row = await self.mandate.one(statement)
        assert row.places == list(range(row.places[0], row.places[0] + len(row.places)))
        return list(row.found)


@pytest.fixture
async def months(
    server: Server, database_name: str, engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> AsyncIterator[Months]:
    """Both accounts at the exchange since the old year, their mandate from January on."""
    use_engine(engines[1])
    both = (Exchange.BINANCE, Exchange.BYBIT)
    async with running_trader(
        server,
        database_name,
        accounts=2,
        exchanges=both,
        mode=AccountMode.LIVE,
        start=BEFORE,
    ) as trader:
        binance, bybit = trader.desk.accounts
        mandate = Mandate(rows, *engines, trader.desk.client_id, binance, bybit, UUID(int=0))
        made = Months(trader, mandate)
        made.go_to(BEFORE)
        made.book(bybit, L.TRANSFER, "-5000")
        await made.read()
        use_engine(engines[0])
        mandate.id = await make_mandate(trader.desk.client_id, [binance, bybit])
        yield made


OPEN_IN_JANUARY = {"binance": "-150", "bybit": "60"}
EXPECTED = [(D(500), D(150), D(500)), (D(390), D(0), D(500)), (D(800), D(90), D(800))]


async def pay(months: Months, month: int) -> None:
    invoice = await months.mandate.invoice(month)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow,
            invoice.id,
            amount=invoice.amount,
            reference=uuid4().hex,
            received_on=date(2026, 2, 20),
        )


async def assert_papers_agree(months: Months, month: int) -> None:
    """Every figure of a month's page stands on its paper, and the invoice says the same fee."""
    row = await months.mandate.month(month)
    found = await fee_periods.get(OPERATOR, row.id)
    paper = _words(printing.statement(found, issuer=Issuer()))
    for line in (*bridge_lines(found), *fee_lines(found.period)):
        assert f"{line.label}" in paper
        assert line.amount.text in paper, line.label
    if found.period.invoice_id is not None:
        detail = await invoices.get(OPERATOR, found.period.invoice_id)
        assert f"{detail.invoice.amount:,.2f} USDT" in _words(printing.invoice(detail))
        assert detail.invoice.amount == row.fee


def _words(file: bytes) -> str:
    pages = PdfReader(io.BytesIO(file)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_three_months_come_to_150_nothing_and_90_with_the_fee_paid_from_the_account(
    months: Months,
) -> None:
    await months.january()
    assert await months.close(1, **OPEN_IN_JANUARY) is S.DRAFT
    await months.finalise(1)
    months.go_to(first_of(2) + timedelta(days=3))
    months.book(months.mandate.binance, L.TRANSFER, "-150")
    await pay(months, 1)
    await months.later(2, "-300", "100")
    assert await months.close(2) is S.EMPTY
    await months.later(3, "410")
    assert await months.close(3) is S.DRAFT
    await months.finalise(3)
    assert await months.fees() == EXPECTED
    assert await months.invoices() == ["paid 150.00", "open 90.00"]
    for month in (1, 2, 3):
        await assert_papers_agree(months, month)


async def test_the_same_with_a_late_row_a_key_gone_for_a_day_and_an_invoice_taken_back(
    months: Months,
) -> None:
    binance = months.mandate.binance
    await months.january(late="-20")
    assert await months.close(1, **OPEN_IN_JANUARY) is S.DRAFT
    assert (await months.mandate.month(1)).fee == 156
    # Twenty of the commission are told only after the month was computed.
    months.go_to(first_of(1) + timedelta(days=25))
    months.book(binance, L.COMMISSION, "-20")
    months.go_to(first_of(2) + timedelta(minutes=30))
    await months.read()
    assert await months.compute(1) is S.DRAFT
    await months.finalise(1)
    invoice = await months.mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.credit(uow, invoice.id, amount=invoice.amount, reason="Dispute")
    assert await months.compute(1) is S.DRAFT
    await months.finalise(1)
    await pay(months, 1)
    # The key reads nothing for a day, and what happened in it is read the day after.
    months.go_to(first_of(2) + timedelta(days=14))
    session = months.trader.context.sessions[binance]
    key = (session.exchange.value, binance.hex, "permissions")
    await months.trader.paper.act(*key, read=False)
    await months.later(2, "-300", "100")
    read_until = await _complete_until(months, binance)
    assert read_until < first_of(2) + timedelta(days=1)
    months.go_to(first_of(2) + timedelta(days=15))
    await months.trader.paper.act(*key, read=True)
    assert await months.close(2) is S.EMPTY
    await months.later(3, "410")
    assert await months.close(3) is S.DRAFT
    await months.finalise(3)
    assert await months.fees() == EXPECTED
    assert await months.invoices() == ["void 150.00", "paid 150.00", "open 90.00"]
    for month in (1, 2, 3):
        await assert_papers_agree(months, month)


async def _complete_until(months: Months, account_id: UUID) -> datetime:
    found = await months.mandate.one(
        "SELECT complete_until FROM ledger_cursors WHERE account_id = :account AND :id IS NOT NULL",
        account=account_id,
    )
    until: datetime = found.complete_until
    return until
