"""What was done about breaches: taken once each, noted on the breach, told in one message a limit.

The halts themselves are raised and lifted by `services.halts`, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.breach_acts import ACTS, SCOPE_OF_REACH
from patriot_app.core.domain.events import RiskBreachActed, RiskBreachesFound
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.limit_words import LABELS, in_unit, summary
from patriot_app.core.domain.risk_limits import BreachReach, LimitName, Response
from patriot_app.core.unit_of_work import UnitOfWork

AT_ONCE_MAX = 1_000
"""Breaches of one look; the rest waits for the next, half a minute later."""
# What saves most comes first.
_DUE = text(
    """
    SELECT b.id FROM risk_breaches AS b JOIN accounts AS a ON a.id = b.account_id
     WHERE b.state <> 'resolved' AND b.acted_at IS NULL AND b.response <> 'none'
       AND a.shard = ANY(:shards) AND b.seen_at >= :seen_after
     ORDER BY array_position(ARRAY['flatten', 'halve', 'halt', 'pause', 'notify'],
                             b.response::text), b.opened_at, b.id
     LIMIT :count
    """
)
_TAKE = text(
    """
    SELECT b.id, b.account_id, a.client_id, b.name, b.value, b.limit_value, b.response, b.reach
      FROM risk_breaches AS b JOIN accounts AS a ON a.id = b.account_id
     WHERE b.id = :id AND b.acted_at IS NULL AND b.state <> 'resolved' FOR UPDATE OF b
    """
)
_STRATEGIES = text(
    "SELECT DISTINCT d.strategy_id FROM allocations AS l"
    " JOIN deployments AS d ON d.id = l.deployment_id"
    " WHERE l.account_id = :account_id AND l.released_at IS NULL ORDER BY 1"
)
_NOTE = text("UPDATE risk_breaches SET acted_at = :now, did = :did WHERE id = :id")
_LINK = text(
    "INSERT INTO risk_breach_halts (breach_id, halt_id) VALUES (:breach_id, :halt_id)"
    " ON CONFLICT DO NOTHING"
)
# A halt that other breaches raised ends only with the last of them.
_LINK_TO_STANDING = text(
    """
    INSERT INTO risk_breach_halts (breach_id, halt_id)
    SELECT :breach_id, h.id FROM halts AS h
     WHERE h.scope = :scope AND h.scope_id = :scope_id AND h.lifted_at IS NULL
       AND EXISTS (SELECT 1 FROM risk_breach_halts AS l WHERE l.halt_id = h.id)
    ON CONFLICT DO NOTHING
    """
)
_ENDED = text(
    """
    SELECT h.id FROM halts AS h
      JOIN risk_breach_halts AS l ON l.halt_id = h.id
      JOIN risk_breaches AS b ON b.id = l.breach_id
     WHERE h.lifted_at IS NULL AND h.level = :level
     GROUP BY h.id HAVING bool_and(b.state = 'resolved') ORDER BY h.id
    """
)
# Two daemons that look at once share what is new: nobody is told twice.
_TELL = text(
    """
    WITH told AS (
        UPDATE risk_breaches SET told_at = :now
         WHERE id IN (SELECT id FROM risk_breaches WHERE told_at IS NULL
                       ORDER BY id FOR UPDATE SKIP LOCKED)
        RETURNING name, severity, response, limit_value)
    SELECT name, severity, response, count(*) AS accounts, min(limit_value) AS least,
           max(limit_value) AS most
      FROM told WHERE severity <> 'low' GROUP BY name, severity, response ORDER BY 1, 2, 3
    """
)


@dataclass(frozen=True, slots=True)
class TakenBreach:
    """A breach on record about which nothing was done yet; its row is locked.

    Attributes:
        scopes: whom its halt would stop, with ids as text.
    """

    id: UUID
    account_id: UUID
    name: LimitName
    value: Decimal
    limit: Decimal
    response: Response
    scopes: tuple[tuple[HaltScope, str], ...]

    @property
    def figures(self) -> str:
        """Return what was measured beside what is allowed."""
        return f"{in_unit(self.name, self.value)} of {in_unit(self.name, self.limit)}"

    @property
    def reason(self) -> str:
        """Return what stands on a halt because of it."""
        return f"Breach: {LABELS[self.name].lower()} {self.figures}"


async def due(uow: UnitOfWork, shards: Sequence[int], *, seen_after: datetime) -> list[UUID]:
    """Return breaches of our shards that were measured just now and call for something."""
    bound = {"shards": list(shards), "seen_after": seen_after, "count": AT_ONCE_MAX}
    return list((await uow.session.execute(_DUE, bound)).scalars())


async def take(uow: UnitOfWork, breach_id: UUID) -> TakenBreach | None:
    """Lock a breach to act on it; None if somebody has, or if it is over."""
    row = (await uow.session.execute(_TAKE, {"id": breach_id})).one_or_none()
    if row is None:
        return None
    return TakenBreach(
        id=row.id,
        account_id=row.account_id,
        name=LimitName(row.name),
        value=row.value,
        limit=row.limit_value,
        response=Response(row.response),
        scopes=await _scopes(uow, row),
    )


async def note(
    uow: UnitOfWork, breach: TakenBreach, *, halts: Sequence[UUID], refused: Sequence[str]
) -> None:
    """Write what was done on the breach; with it, it is done for good.

    Args:
        halts: raised for it.
        refused: why some or all of it was not done.
    """
    act = ACTS[breach.response]
    for halt_id in halts:
        await uow.session.execute(_LINK, {"breach_id": breach.id, "halt_id": halt_id})
    if act.ends_itself:
        for scope, scope_id in breach.scopes:
            bound = {"breach_id": breach.id, "scope": scope, "scope_id": scope_id}
            await uow.session.execute(_LINK_TO_STANDING, bound)
    problem = "; ".join(refused)
    is_done = bool(halts) or not refused
    did = act.did if is_done else ""
    said = " · ".join(part for part in (did, problem and f"Not done: {problem}") if part)
    await uow.session.execute(_NOTE, {"now": uow.now, "did": said, "id": breach.id})
    uow.record(
        RiskBreachActed(
            subject=breach.id,
            account_id=breach.account_id,
            name=breach.name.value,
            label=LABELS[breach.name],
            figures=breach.figures,
            response=breach.response.value,
            did=did,
            refused=problem,
        ),
        is_told=is_done,
    )
    uow.touch("risk")


async def ended(uow: UnitOfWork) -> list[UUID]:
    """Return the halts that end by themselves and whose breaches are all over."""
    found = await uow.session.execute(_ENDED, {"level": int(HaltLevel.NO_ENTRIES)})
    return list(found.scalars())


async def tell(uow: UnitOfWork) -> None:
    """Tell staff of what is new: one message for each limit, however many accounts."""
    for row in await uow.session.execute(_TELL, {"now": uow.now}):
        line = summary(LimitName(row.name), accounts=row.accounts, least=row.least, most=row.most)
        uow.record(
            RiskBreachesFound(
                name=row.name,
                grade=row.severity,
                accounts=row.accounts,
                summary=line,
                did=ACTS[Response(row.response)].did,
            )
        )


async def _scopes(uow: UnitOfWork, row: Any) -> tuple[tuple[HaltScope, str], ...]:
    reach = BreachReach(row.reach)
    scope = SCOPE_OF_REACH[reach]
    if reach is BreachReach.STRATEGY:
        found = await uow.session.execute(_STRATEGIES, {"account_id": row.account_id})
        return tuple((scope, str(each)) for each in found.scalars())
    ids = {
        BreachReach.ACCOUNT: str(row.account_id),
        BreachReach.CLIENT: str(row.client_id),
        BreachReach.DESK: "",
    }
    return ((scope, ids[reach]),)
