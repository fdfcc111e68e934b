"""Rebalancings: what the next one would do, what is under way, what became of each account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.db.divided_accounts import divided_accounts, division_of
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.rebalancing import StepState, plan
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, fetch

_FOLLOWING = text("SELECT DISTINCT account_id FROM allocations WHERE released_at IS NULL")
_WAITING = text(
    "SELECT account_id, shares, effective_at, surface, reason FROM allocation_changes"
    " WHERE state = 'waiting'"
)
_NAMES = text(
    "SELECT a.id, u.name FROM accounts AS a JOIN users AS u ON u.id = a.client_id"
    " WHERE a.id = ANY(:ids)"
)
_RUNS = Table(
    columns=(
        "r.id, r.due_at, r.trigger, r.state, r.reason, r.started_at, r.finished_at, r.accounts,"
        " counted.steps, counted.pending, counted.applied, counted.refused, counted.over"
    ),
    source=(
        "rebalancings AS r LEFT JOIN LATERAL (SELECT count(*) AS steps,"
        " count(*) FILTER (WHERE s.state = 'pending') AS pending,"
        " count(*) FILTER (WHERE s.state = 'applied') AS applied,"
        " count(*) FILTER (WHERE s.state = 'refused') AS refused,"
        " count(*) FILTER (WHERE s.state = 'over') AS over"
        " FROM rebalancing_steps AS s WHERE s.run_id = r.id) AS counted ON true"
    ),
    counted="rebalancings AS r",
    sorts={"started_at": "r.started_at", "due_at": "r.due_at"},
    filters={"trigger": "r.trigger = :trigger", "state": "r.state = :state"},
    search="r.reason ILIKE :pattern",
    default="r.started_at DESC, r.id DESC",
)
_STEPS = text(
    """
    SELECT s.account_id, a.label, u.name, s.state, s.outcome
      FROM rebalancing_steps AS s JOIN accounts AS a ON a.id = s.account_id
      JOIN users AS u ON u.id = a.client_id
     WHERE s.run_id = :id
     ORDER BY s.state = 'refused' DESC, s.state = 'pending' DESC, u.name, a.label, a.id
     LIMIT :limit
    """
)
STEPS_MAX = 500


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """What a rebalancing would do with an account now; `effective_at` of its change, if one waits."""

    account_id: UUID
    account: str
    client: str
    state: StepState
    outcome: str
    effective_at: datetime | None
    surface: str
    reason: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the next rebalancing would do: only accounts with something to look at."""

    accounts: int
    planned: tuple[PlannedAccount, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One rebalancing; `accounts` is None until it has looked, `steps` had something to look at."""

    id: UUID
    due_at: datetime
    trigger: str
    state: str
    reason: str
    started_at: datetime
    finished_at: datetime | None
    accounts: int | None
    steps: int
    pending: int
    applied: int
    refused: int
    over: int


@dataclass(frozen=True, slots=True)
class RunStep:
    """What became of one account."""

    account_id: UUID
    account: str
    client: str
    state: str
    outcome: str


async def dry_run(actor: Actor) -> DryRun:
    """Return what a rebalancing would do now, by the code that does it; nothing is recorded."""
    async with desk_reading(actor, snapshot=True) as session:
        following = list((await session.execute(_FOLLOWING)).scalars())
        accounts = await divided_accounts(session, following, now=SystemClock().now())
        waiting = {row.account_id: row for row in await session.execute(_WAITING)}
        planned = {}
        for account_id, account in accounts.items():
            change = waiting.get(account_id)
            step = plan(account, None if change is None else division_of(change.shares))
            if step.state is not StepState.UNCHANGED:
                planned[account_id] = step
        names = {row.id: row.name for row in await session.execute(_NAMES, {"ids": list(planned)})}
    found = [
        PlannedAccount(
            account_id,
            accounts[account_id].label,
            names.get(account_id, ""),
            step.state,
            step.outcome,
            waiting[account_id].effective_at if account_id in waiting else None,
            waiting[account_id].surface if account_id in waiting else "",
            waiting[account_id].reason if account_id in waiting else "",
        )
        for account_id, step in planned.items()
    ]
    found.sort(key=lambda one: (one.client, one.account, str(one.account_id)))
    return DryRun(len(accounts), tuple(found))


async def runs(actor: Actor, request: PageRequest) -> Page[Run]:
    """Return one page of rebalancings, newest first. Filters: trigger, state. Search: reason."""
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _RUNS, request)
    items = tuple(Run(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def steps(actor: Actor, run_id: UUID) -> tuple[RunStep, ...]:
    """Return the accounts of a run, refused ones first, at most STEPS_MAX."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_STEPS, {"id": run_id, "limit": STEPS_MAX})
        return tuple(RunStep(*row) for row in rows)
