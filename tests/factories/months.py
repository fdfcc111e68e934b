"""A mandate over a Binance and a Bybit account whose months a test writes row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import fee_periods, invoices
from patriot_app.core.services.fee_periods import ClosedPeriod
from patriot_app.core.services.invoices import Finalised
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client, make_mandate

FAR = datetime(2027, 1, 1, tzinfo=UTC)


def first_of(month: int) -> datetime:
    """Return the first moment of a month of 2026."""
    return datetime(2026, month, 1, tzinfo=UTC)


@dataclass
class Mandate:
    """One mandate as the daemon and the desk see it.

    Attributes:
        web, daemon: engines of the two processes' roles.
    """

    rows: DaemonRows
    web: AsyncEngine
    daemon: AsyncEngine
    client_id: UUID
    binance: UUID
    bybit: UUID
    id: UUID

    @contextmanager
    def acting_as(self, engine: AsyncEngine) -> Iterator[None]:
        """Units of work inside are that process's."""
        use_engine(engine)
        yield
        use_engine(self.web)

    async def close(self, now: datetime) -> tuple[ClosedPeriod, ...]:
        """Let the daemon close what is over at a market time."""
        self.set_market_time(now)
        with self.acting_as(self.daemon):
            async with begin(SYSTEM) as uow:
                return await fee_periods.close_months(uow, self.id)

    def set_market_time(self, now: datetime) -> None:
        """Let the market's clock stand at a time."""
        self.rows.execute(
            "INSERT INTO market_clock (id, wall_origin, market_origin, speed, is_paused,"
            " is_finished) VALUES (1, now(), %s, 1, true, false)"
            " ON CONFLICT (id) DO UPDATE SET market_origin = excluded.market_origin",
            now,
        )

    async def finalise(self, *period_ids: UUID) -> Finalised:
        """Let the desk finalise drafts as they are."""
        async with begin(OPERATOR) as uow:
            rows = await uow.session.execute(
                text("SELECT id, coalesce(fee, 0) AS fee FROM fee_periods WHERE id = ANY(:ids)"),
                {"ids": list(period_ids)},
            )
            return await invoices.finalise(uow, {row.id: row.fee for row in rows})

    async def month(self, number: int) -> Any:
        """Return the row of a month's period."""
        return await self.one(
            "SELECT * FROM fee_periods WHERE mandate_id = :id AND starts_at = :at",
            at=first_of(number),
        )

    async def invoice(self, number: int) -> Any:
        """Return the newest invoice of a month."""
        return await self.one(
            "SELECT i.* FROM invoices AS i JOIN fee_periods AS p ON p.id = i.fee_period_id"
            " WHERE i.mandate_id = :id AND p.starts_at = :at ORDER BY i.number DESC LIMIT 1",
            at=first_of(number),
        )

    async def books(self) -> dict[str, Decimal]:
        """Return the balances of this mandate's accounts in the books that are not zero."""
        async with begin(OPERATOR) as uow:
            rows = await uow.session.execute(
                text(
                    "SELECT l.account, sum(l.amount) AS balance FROM journal_lines AS l"
                    " JOIN journal_entries AS e ON e.id = l.entry_id WHERE e.mandate_id = :id"
                    " GROUP BY l.account HAVING sum(l.amount) <> 0"
                ),
                {"id": self.id},
            )
            return {row.account: row.balance for row in rows}

    async def one(self, statement: str, **bound: Any) -> Any:
        """Return one row that the desk sees."""
        async with begin(OPERATOR) as uow:
            return (await uow.session.execute(text(statement), {"id": self.id, **bound})).one()

    def book(self, account: UUID, month: int, row_type: str, amount: str, **more: Any) -> None:
        """Report a money row in the middle of a month."""
        at = more.pop("at", first_of(month) + timedelta(days=14))
        classes = {"TRANSFER_IN": "external_flow", "TRANSFER_OUT": "external_flow"}
        if row_type in classes:
            more["classification"] = classes[row_type]
        self.rows.ledger_row(account, row_type, amount, occurred_at=at, **more)

    def value(self, account: UUID, before: datetime, open_profit: str = "0") -> None:
        """Snapshot an account in the last minute before a moment."""
        self.rows.snapshot(
            account,
            before - timedelta(minutes=1),
            str(10_000 + Decimal(open_profit)),
            unrealised_pnl=Decimal(open_profit),
        )

    def complete(self, *, until: datetime = FAR, difference: str = "0") -> None:
        """Say that both ledgers are read and tie."""
        for account, opening in ((self.binance, 10_000), (self.bybit, 5_000)):
            self.rows.execute(
                "INSERT INTO ledger_cursors (account_id, cursor, complete_until, opening_wallet,"
                " tie_out_difference, tied_at) VALUES (%s, 'c', %s, %s, %s, now())"
                " ON CONFLICT (account_id) DO UPDATE SET complete_until = excluded.complete_until,"
                " tie_out_difference = excluded.tie_out_difference",
                account,
                until,
                opening,
                Decimal(difference),
            )


async def make_months(
    rows: DaemonRows,
    web: AsyncEngine,
    daemon: AsyncEngine,
    *,
    mode: AccountMode = AccountMode.LIVE,
    client_id: UUID | None = None,
    **terms: Any,
) -> Mandate:
    """Sign a mandate from January 2026 on whose ledgers are complete and flat at every month's end.

    Args:
        client_id: whose it is; None: a new client's.
    """
    use_engine(web)
    client_id = client_id or await make_client()
    binance = await make_account(client_id, mode=mode, label="Binance")
    bybit = await make_account(client_id, mode=mode, exchange=Exchange.BYBIT, label="Bybit")
    mandate_id = await make_mandate(client_id, [binance, bybit], **terms)
    made = Mandate(rows, web, daemon, client_id, binance, bybit, mandate_id)
    made.complete()
    return made


def january(mandate: Mandate) -> None:
    """Write the first month of the specification's end-to-end example."""
    for row_type, amount in (
        ("TRANSFER", "2000"),
        ("REALIZED_PNL", "900"),
        ("FUNDING_FEE", "-40"),
        ("COMMISSION", "-60"),
    ):
        mandate.book(mandate.binance, 1, row_type, amount)
    moved = first_of(1) + timedelta(days=20)
    mandate.book(mandate.binance, 1, "TRANSFER", "-1000", at=moved)
    mandate.book(mandate.bybit, 1, "TRANSFER_IN", "1000", at=moved + timedelta(minutes=4))
    mandate.book(mandate.bybit, 1, "TRADE", "-220")
    mandate.book(mandate.bybit, 1, "SETTLEMENT", "10")
    mandate.value(mandate.binance, first_of(2), "-150")
    mandate.value(mandate.bybit, first_of(2), "60")


def flat(mandate: Mandate, month: int, *, binance: str, bybit: str = "0") -> None:
    """Write a month that ends flat with a profit on each account."""
    mandate.book(mandate.binance, month, "REALIZED_PNL", binance)
    mandate.book(mandate.bybit, month, "TRADE", bybit)
    for account in (mandate.binance, mandate.bybit):
        mandate.value(account, first_of(month + 1))
