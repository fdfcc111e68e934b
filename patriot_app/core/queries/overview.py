"""The desk at a glance."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.positions import NOTIONAL, SOURCE, UNREALISED
from patriot_app.core.queries.reader import desk_reading

STALE_AFTER = timedelta(seconds=30)
"""A live figure older than this is marked stale."""

_MONEY = text(
    """
    SELECT count(*) AS accounts, count(*) FILTER (WHERE s.is_ready) AS ready,
           count(*) FILTER (WHERE s.parked_reason <> '') AS parked,
           count(*) FILTER (WHERE s.observed_at < now() - CAST(:stale AS interval)) AS stale,
           coalesce(sum(s.equity), 0) AS equity,
           coalesce(sum(s.equity - s.day_opening_equity), 0) AS day_profit,
           sum(s.day_opening_equity) AS day_opening,
           coalesce(sum(s.unrealised_pnl), 0) AS unrealised_pnl,
           coalesce(sum(s.available_balance), 0) AS available_balance,
           coalesce(sum(s.initial_margin), 0) AS initial_margin,
           CASE WHEN sum(s.peak_equity) > 0
                THEN greatest(0, 1 - sum(s.equity) / sum(s.peak_equity)) END AS drawdown,
           count(DISTINCT a.client_id) AS clients,
           min(s.observed_at) AS oldest_at
      FROM accounts AS a LEFT JOIN account_states AS s ON s.account_id = a.id
     WHERE a.status <> 'disabled' AND (:mode = '' OR a.mode = :mode)
    """
)
_EXPOSURE = text(
    f"""
    SELECT coalesce(sum({NOTIONAL}) FILTER (WHERE p.quantity > 0), 0) AS long,
           coalesce(-sum({NOTIONAL}) FILTER (WHERE p.quantity < 0), 0) AS short,
           coalesce(sum({UNREALISED}), 0) AS unrealised_pnl,
           count(*) AS positions, count(p.unprotected_since) AS unprotected,
           min(p.unprotected_since) AS unprotected_since
      FROM {SOURCE} WHERE p.quantity <> 0 AND (:mode = '' OR a.mode = :mode)
    """  # noqa: S608
)
_COUNTS = text(
    """
    SELECT (SELECT count(*) FROM deployments WHERE status = 'running') AS running,
           (SELECT count(*) FROM deployments WHERE status = 'paused') AS paused,
           (SELECT count(*) FROM halts WHERE lifted_at IS NULL) AS halts,
           (SELECT count(*) FROM attempts WHERE state IN ('unknown', 'quarantined')) AS unknown,
           (SELECT count(*) FROM attempts WHERE state IN
             ('created','sending','unknown','quarantined','open','partially_filled')) AS working,
           (SELECT count(*) FROM fills WHERE received_at > now() - interval '1 day') AS fills_day
    """
)
_BEATS = text(
    "SELECT process, role, version, started_at, beat_at, extract(epoch FROM now() - beat_at)"
    " FROM heartbeats ORDER BY role, process LIMIT 50"
)


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of a daemon; the age is measured by the database's clock."""

    process: str
    role: str
    version: str
    started_at: datetime
    beat_at: datetime
    age_s: Decimal


@dataclass(frozen=True, slots=True)
class Overview:
    """The desk's totals; money in USDT.

    Attributes:
        equity: under management, open profit included.
        day_return: day profit over the equity at the start of the day, as a fraction.
        stale_accounts: whose figures are older than 30 s.
        unprotected_since: of the position that lacks its stop for longest.
        unknown_orders: may or may not exist at the exchange.
    """

    clients: int
    accounts: int
    ready_accounts: int
    parked_accounts: int
    stale_accounts: int
    equity: Decimal
    day_profit: Decimal
    day_return: Decimal | None
    unrealised_pnl: Decimal
    available_balance: Decimal
    initial_margin: Decimal
    drawdown_fraction: Decimal | None
    long_exposure: Decimal
    short_exposure: Decimal
    open_positions: int
    unprotected_positions: int
    unprotected_since: datetime | None
    running_deployments: int
    paused_deployments: int
    active_halts: int
    unknown_orders: int
    working_orders: int
    fills_of_day: int
    oldest_figure_at: datetime | None
    beats: tuple[Beat, ...]

    @property
    def net_exposure(self) -> Decimal:
        return self.long_exposure - self.short_exposure

    @property
    def gross_exposure(self) -> Decimal:
        return self.long_exposure + self.short_exposure


async def get(actor: Actor, *, mode: str = "") -> Overview:
    """Return the desk's totals.

    The newest signals are `signals.latest`, the halts `risk.active_halts`, the inbox
    `exceptions.count`.

    Args:
        mode: count the accounts of one mode alone; "" counts all.
    """
    bound = {"mode": mode}
    async with desk_reading(actor) as session:
        money = (await session.execute(_MONEY, {**bound, "stale": STALE_AFTER})).one()
        exposure = (await session.execute(_EXPOSURE, bound)).one()
        counts = (await session.execute(_COUNTS)).one()
        beats = tuple(Beat(*row) for row in await session.execute(_BEATS))
    return Overview(
        clients=money.clients,
        accounts=money.accounts,
        ready_accounts=money.ready,
        parked_accounts=money.parked,
        stale_accounts=money.stale,
        equity=money.equity,
        day_profit=money.day_profit,
        day_return=money.day_profit / money.day_opening if money.day_opening else None,
        unrealised_pnl=money.unrealised_pnl,
        available_balance=money.available_balance,
        initial_margin=money.initial_margin,
        drawdown_fraction=money.drawdown,
        long_exposure=exposure.long,
        short_exposure=exposure.short,
        open_positions=exposure.positions,
        unprotected_positions=exposure.unprotected,
        unprotected_since=exposure.unprotected_since,
        running_deployments=counts.running,
        paused_deployments=counts.paused,
        active_halts=counts.halts,
        unknown_orders=counts.unknown,
        working_orders=counts.working,
        fills_of_day=counts.fills_day,
        oldest_figure_at=money.oldest_at,
        beats=beats,
    )


@dataclass(frozen=True, slots=True)
class ClientShare:
    """A client's part of the equity under management."""

    client_id: UUID
    name: str
    equity: Decimal


_LARGEST = text(
    "SELECT u.id, u.name, sum(s.equity) AS equity FROM accounts AS a"
    " JOIN users AS u ON u.id = a.client_id JOIN account_states AS s ON s.account_id = a.id"
    " WHERE s.equity IS NOT NULL GROUP BY u.id ORDER BY equity DESC LIMIT :limit"
)


async def largest_clients(actor: Actor, *, limit: int = 5) -> tuple[ClientShare, ...]:
    """Return the clients with most equity."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_LARGEST, {"limit": limit})
        return tuple(ClientShare(*row) for row in rows)
