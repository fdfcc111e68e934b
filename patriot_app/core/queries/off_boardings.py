"""A client's way out: what it would do, and how far it is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.off_boarding import OffBoardingState
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import desk_reading

_IS_OURS = (
    "EXISTS (SELECT 1 FROM intents AS i WHERE i.account_id = p.account_id AND i.symbol = p.symbol)"
)
_OWN = "JOIN accounts AS a ON a.id = p.account_id WHERE a.client_id = u.id"
_PREVIEW = text(
    f"""
    SELECT u.name, u.status,
           (SELECT count(*) FROM accounts AS a WHERE a.client_id = u.id
               AND a.status <> 'disabled') AS accounts,
           (SELECT count(*) FROM positions AS p {_OWN} AND p.quantity <> 0 AND {_IS_OURS}) AS ours,
           (SELECT sum(abs(p.quantity) * coalesce(p.mark_price, p.entry_price)) FROM positions AS p
             {_OWN} AND p.quantity <> 0 AND {_IS_OURS}) AS notional,
           (SELECT count(*) FROM positions AS p {_OWN} AND NOT {_IS_OURS}
               AND (p.quantity <> 0 OR coalesce(p.exchange_quantity, 0) <> 0)) AS rest,
           (SELECT count(*) FROM attempts AS p {_OWN}
               AND p.state IN ('created', 'sending', 'unknown', 'open', 'partially_filled',
                               'quarantined')) AS orders,
           (SELECT count(*) FROM allocations AS p {_OWN} AND p.released_at IS NULL) AS shares,
           (SELECT count(*) FROM mandates AS m WHERE m.client_id = u.id
               AND m.ends_at IS NULL) AS mandates,
           (SELECT count(*) FROM credentials AS p {_OWN}
               AND p.status NOT IN ('revoked', 'rejected')) AS keys,
           (SELECT count(*) FROM sessions AS s WHERE s.user_id = u.id AND s.ended_at IS NULL
               AND s.expires_at > now()) AS sessions
      FROM users AS u WHERE u.id = :client_id AND 'customer' = ANY(u.roles)
    """  # noqa: S608
)
_CURRENT = text(
    """
    SELECT o.id, o.state, o.reason, o.halt_id, o.leaves_rest, o.created_at, o.changed_at,
           (SELECT count(*) FROM halt_accounts AS c WHERE c.halt_id = o.halt_id) AS accounts,
           (SELECT count(*) FROM halt_accounts AS c WHERE c.halt_id = o.halt_id
               AND c.state = 'done') AS done,
           (SELECT count(*) FROM halt_accounts AS c WHERE c.halt_id = o.halt_id
               AND c.state = 'failed') AS failed
      FROM off_boardings AS o
     WHERE o.client_id = :client_id AND o.state <> 'abandoned'
     ORDER BY o.created_at DESC LIMIT 1
    """
)
_MANDATES = text(
    "SELECT m.id, m.name, u.name AS client FROM mandates AS m JOIN users AS u ON u.id = m.client_id"
    " WHERE m.client_id = :client_id AND m.ends_at IS NULL ORDER BY m.name, m.id"
)
_KEYS = text(
    "SELECT c.id FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id"
    " WHERE a.client_id = :client_id AND c.status NOT IN ('revoked', 'rejected') ORDER BY c.id"
)


@dataclass(frozen=True, slots=True)
class RunningMandate:
    """A mandate of a client that is in force."""

    id: UUID
    name: str
    client: str


@dataclass(frozen=True, slots=True)
class Consequences:
    """What is there now, before the next step.

    Attributes:
        ours: open positions that the desk opened, and `notional` their size in USDT.
        rest: open positions that it did not.
    """

    name: str
    status: str
    accounts: int
    ours: int
    notional: Decimal | None
    rest: int
    orders: int
    shares: int
    mandates: int
    keys: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest off-boarding is, with the accounts that its halt clears up."""

    id: UUID
    state: OffBoardingState
    reason: str
    halt_id: UUID | None
    leaves_rest: bool
    started_at: datetime
    changed_at: datetime
    accounts: int
    done: int
    failed: int


async def consequences(actor: Actor, client_id: UUID) -> Consequences:
    """Return what an off-boarding has to deal with.

    Raises:
        NotFound: no such client.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_PREVIEW, {"client_id": client_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no client {client_id}")
    return Consequences(*row)


async def progress(actor: Actor, client_id: UUID) -> Progress | None:
    """Return the newest off-boarding that was not given up; None: there is none."""
    async with desk_reading(actor) as session:
        row = (await session.execute(_CURRENT, {"client_id": client_id})).one_or_none()
    return None if row is None else Progress(row.id, OffBoardingState(row.state), *row[2:])


async def running_mandates(actor: Actor, client_id: UUID) -> tuple[RunningMandate, ...]:
    """Return the mandates of a client that are in force."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_MANDATES, {"client_id": client_id})
        return tuple(RunningMandate(*row) for row in rows)


async def kept_keys(actor: Actor, client_id: UUID) -> tuple[UUID, ...]:
    """Return the keys of a client that are not destroyed yet."""
    async with desk_reading(actor) as session:
        return tuple((await session.execute(_KEYS, {"client_id": client_id})).scalars())
