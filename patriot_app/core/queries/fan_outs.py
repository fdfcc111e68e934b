"""The grid of one signal: a row per account with what was decided and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.outcomes import LATENCY_MS, OUTCOMES, SLIPPAGE_BPS
from patriot_app.core.domain.fan_outs import AccountOutcome
from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries import slices
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.slices import SliceProgress
from patriot_app.core.queries.tables import Table, build, fetch

_IS_FIRST = (
    "EXISTS (SELECT 1 FROM fan_outs AS part"
    " WHERE part.signal_id = r.signal_id AND part.first_account_id = r.account_id)"
)
_TABLE = Table(
    columns=(
        "r.account_id, a.label, a.client_id, u.name, a.exchange, a.mode, r.place, r.outcome,"
        " r.reason_code, r.reason, r.quantity, coalesce(r.filled_quantity, 0), r.average_price,"
        f" {SLIPPAGE_BPS}, round({LATENCY_MS}, 1), r.attempt_id, r.decided_at,"
        f" {_IS_FIRST}"
    ),
    source=(
        f"({OUTCOMES}) AS r JOIN signals AS s ON s.id = r.signal_id"
        " JOIN accounts AS a ON a.id = r.account_id JOIN users AS u ON u.id = a.client_id"
    ),
    sorts={
        "place": "r.place",
        "account": "a.label",
        "client": "u.name",
        "exchange": "a.exchange",
        "outcome": "r.outcome",
        "reason_code": "r.reason_code",
        "quantity": "r.quantity",
        "average_price": "r.average_price",
        "slippage_bps": SLIPPAGE_BPS,
        "latency_ms": LATENCY_MS,
    },
    filters={
        "outcome": "r.outcome = :outcome",
        "reason_code": "r.reason_code = :reason_code",
        "exchange": "a.exchange = :exchange",
        "client_id": "a.client_id = :client_id",
    },
    search="a.label ILIKE :pattern OR u.name ILIKE :pattern OR r.reason_code ILIKE :pattern",
    default="r.place, r.account_id",
)
_REASONS = text(
    "SELECT reason_code, decision, count(*) FROM fan_out_accounts WHERE signal_id = :signal_id"
    " AND reason_code <> '' GROUP BY reason_code, decision ORDER BY count(*) DESC, reason_code"
)

_FIRST = text(
    "SELECT DISTINCT u.name || ', ' || a.label FROM fan_outs AS part"
    " JOIN accounts AS a ON a.id = part.first_account_id JOIN users AS u ON u.id = a.client_id"
    " WHERE part.signal_id = :signal_id ORDER BY 1"
)


_ANSWERS = text("SELECT id, state, exchange_code, evidence FROM attempts WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Failure:
    """How the order of an account failed; code and words of the exchange, or of ours."""

    state: AttemptState
    code: str
    evidence: str


@dataclass(frozen=True, slots=True)
class FanOutRow:
    """One account of a signal.

    Attributes:
        place: its turn in the fan-out, which begins elsewhere each time.
        slippage_bps: paid above the signal's price; negative is better.
        latency_ms: from the recorded signal to the exchange's acknowledgement.
        attempt_id: its newest order, for the timeline.
        is_first: the fan-out of its part of the desk began with it.
        slicing: how far its order has come, if that is sent in slices.
        failure: why its order failed, if it did.
    """

    account_id: UUID
    account: str
    client_id: UUID
    client: str
    exchange: str
    mode: str
    place: int
    outcome: AccountOutcome
    reason_code: str
    reason: str
    quantity: Decimal | None
    filled_quantity: Decimal
    average_price: Decimal | None
    slippage_bps: Decimal | None
    latency_ms: Decimal | None
    attempt_id: UUID | None
    decided_at: datetime
    is_first: bool
    slicing: SliceProgress | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often one reason kept an account out of a signal."""

    reason_code: str
    decision: str
    accounts: int


async def grid(actor: Actor, signal_id: UUID, request: PageRequest) -> Page[FanOutRow]:
    """Return one page of a signal's accounts, in the order of the fan-out.

    Filters: outcome, reason_code, exchange, client_id. Search: account, client, reason code.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request, bound={"signal_ids": [signal_id]})
        sliced = await slices.progress(session, signal_id, [row.account_id for row in rows])
        failed = [row.attempt_id for row in rows if row.outcome == AccountOutcome.FAILED]
        failures = await _failures(session, failed) if failed else {}
    items = tuple(
        build(
            FanOutRow,
            (*row[:7], AccountOutcome(row.outcome), *row[8:]),
            slicing=sliced.get(row.account_id),
            failure=failures.get(row.attempt_id),
        )
        for row in rows
    )
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def _failures(session: AsyncSession, attempts: Sequence[UUID]) -> dict[UUID, Failure]:
    return {
        row.id: Failure(AttemptState(row.state), row.exchange_code, row.evidence)
        for row in await session.execute(_ANSWERS, {"ids": list(attempts)})
    }


async def first_accounts(actor: Actor, signal_id: UUID) -> tuple[str, ...]:
    """Return with whom a signal's fan-out began: one account for each trader that had a part."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_FIRST, {"signal_id": signal_id})
        return tuple(rows.scalars())


async def reasons(actor: Actor, signal_id: UUID) -> tuple[ReasonCount, ...]:
    """Return why accounts of a signal got no order, most frequent first."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_REASONS, {"signal_id": signal_id})
        return tuple(ReasonCount(*row) for row in rows)
