"""Differences between our books and an exchange: found, parked for, decided and gone again.

The same difference found again is the same row while it is open. An account with one that nothing
explains opens nothing until a person has decided; the books change only by what he decided.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import SettleDiscrepancy
from patriot_app.core.domain.events import (
    AccountParked,
    AccountUnparked,
    DiscrepancyDecided,
    DiscrepancyFound,
    DiscrepancyResolved,
)
from patriot_app.core.domain.reconciliation import (
    DECISIONS,
    DISCREPANCY_TRANSITIONS,
    PARKS,
    Cause,
    Decision,
    DiscrepancyKind,
    DiscrepancyStatus,
)
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

PARKED_FOR = "Differs from the exchange: "

_OPEN = text(
    """
    INSERT INTO discrepancies (id, account_id, shard, kind, subject, symbol, local, reported, cause,
                               evidence, status, parks, found_at, seen_at, resolved_at)
    SELECT row.id, row.account_id, account.shard, row.kind, row.subject, row.symbol, row.local,
           row.reported, row.cause, row.evidence, row.status, row.parks, :now, :now,
           CASE WHEN row.status <> 'open' THEN CAST(:now AS timestamptz) END
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid, kind text,
           subject text, symbol text, local text, reported text, cause text, evidence text,
           status text, parks boolean)
      JOIN accounts AS account ON account.id = row.account_id
    ON CONFLICT (account_id, kind, subject) WHERE status = 'open'
    DO UPDATE SET seen_at = excluded.seen_at, local = excluded.local,
       reported = excluded.reported, evidence = excluded.evidence
    RETURNING id
    """
)
_PARK = text(
    "UPDATE account_states SET parked_reason = :reason"
    " WHERE account_id = :account_id AND parked_reason = ''"
)
_UNPARK = text(
    """
    UPDATE account_states AS state SET parked_reason = ''
     WHERE state.account_id = :account_id AND starts_with(state.parked_reason, :parked_for)
       AND NOT EXISTS (SELECT 1 FROM discrepancies AS d WHERE d.account_id = state.account_id
                        AND d.status = 'open' AND d.parks)
    """
)
_RESOLVE = text(
    """
    UPDATE discrepancies SET status = :status, resolved_at = :now
     WHERE id = :id AND status = ANY(:prior)
    RETURNING account_id, kind, subject
    """
)
_STALE = text(
    """
    SELECT id FROM discrepancies
     WHERE status = 'open' AND kind = ANY(:kinds) AND shard = ANY(:shards)
       AND NOT EXISTS (SELECT 1 FROM json_to_recordset(CAST(:keys AS json))
                           AS k(account_id uuid, subject text)
                        WHERE k.account_id = discrepancies.account_id
                          AND k.subject = discrepancies.subject)
    """
)
_OF = text(
    "SELECT d.*, a.exchange, a.label FROM discrepancies AS d JOIN accounts AS a"
    " ON a.id = d.account_id WHERE d.id = :id"
)
_DECIDE = text(
    "UPDATE discrepancies SET decision = :decision, decided_by = :by, decided_at = :now,"
    " reason = :reason WHERE id = :id AND status = 'open'"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference as it was seen.

    Attributes:
        subject: what it is about within its kind: a symbol or an order's id.
        cause: who made it, where that is known; then nobody needs to decide.
        evidence: where it was seen, in a sentence.
    """

    account_id: UUID
    kind: DiscrepancyKind
    subject: str
    symbol: str
    local: str
    reported: str
    cause: Cause | None = None
    evidence: str = ""

    @property
    def parks(self) -> bool:
        """Tell whether the account must open nothing until somebody decides."""
        return self.cause is None and self.kind in PARKS


async def record(uow: UnitOfWork, found: Sequence[Found]) -> list[UUID]:
    """Write differences down, park what must be parked; return the ids of those that are new."""
    if not found:
        return []
    ids = [new_id() for _ in found]
    rows = [_row(one, identity) for one, identity in zip(found, ids, strict=True)]
    written = await uow.session.execute(_OPEN, {"rows": to_json(rows), "now": uow.now})
    fresh = set(written.scalars()) & set(ids)
    for one, identity in zip(found, ids, strict=True):
        if identity in fresh:
            await _tell(uow, one, identity)
    uow.touch("accounts", "reconciliation")
    return sorted(fresh)


async def clear_gone(
    uow: UnitOfWork,
    shards: Sequence[int],
    kinds: Iterable[DiscrepancyKind],
    *,
    still: Iterable[tuple[UUID, str]],
) -> None:
    """Close the differences that are not there any more, and let their accounts trade.

    Args:
        still: (account, subject) of those that a reading of now showed again.
    """
    keys = [{"account_id": account_id, "subject": subject} for account_id, subject in still]
    gone = await uow.session.execute(
        _STALE,
        {
            "kinds": [kind.value for kind in kinds],
            "shards": list(shards),
            "keys": to_json(keys),
        },
    )
    for identity in list(gone.scalars()):
        await resolve(uow, identity, DiscrepancyStatus.CLEARED)


async def resolve(uow: UnitOfWork, identity: UUID, status: DiscrepancyStatus) -> bool:
    """Close a difference; the account is let go when it was the last. False if it is closed."""
    row = (
        await uow.session.execute(
            _RESOLVE,
            {
                "id": identity,
                "status": status.value,
                "now": uow.now,
                "prior": [each.value for each in prior_states(DISCREPANCY_TRANSITIONS, status)],
            },
        )
    ).one_or_none()
    if row is None:
        return False
    uow.record(
        DiscrepancyResolved(
            subject=identity,
            account_id=row.account_id,
            kind=row.kind,
            what=row.subject,
            status=status.value,
        )
    )
    freed = await uow.session.execute(
        _UNPARK, {"account_id": row.account_id, "parked_for": PARKED_FOR}
    )
    if freed.rowcount:  # type: ignore[attr-defined]
        uow.record(AccountUnparked(account_id=row.account_id, reason=f"{row.subject}: {status}"))
    uow.touch("accounts", "reconciliation", "positions")
    return True


async def decide(
    uow: UnitOfWork, identity: UUID, decision: Decision, *, reason: str, idempotency_key: str
) -> UUID:
    """Say what becomes of a difference; the daemon carries it out. Return the command.

    Raises:
        Invalid: no reason; NotFound; Refused: closed already, or not a choice for this kind.
    """
    need_reason(reason)
    row = await load(uow, identity)
    if row.status != DiscrepancyStatus.OPEN:
        raise Refused(f"This difference is {row.status} already")
    if decision not in DECISIONS.get(DiscrepancyKind(row.kind), ()):
        raise Refused(f"To {decision} is no choice here")
    await uow.session.execute(
        _DECIDE,
        {
            "id": identity,
            "decision": decision.value,
            "by": uow.actor.user_id,
            "now": uow.now,
            "reason": reason,
        },
    )
    uow.record(
        DiscrepancyDecided(
            subject=identity,
            account_id=row.account_id,
            kind=row.kind,
            what=row.subject,
            decision=decision.value,
            reason=reason,
            is_solo=get_settings().four_eyes == "off",
        )
    )
    uow.touch("reconciliation")
    return await uow.issue(
        SettleDiscrepancy(
            discrepancy_id=identity,
            decision=decision.value,
            decided_by=uow.actor.user_id,
            reason=reason,
        ),
        idempotency_key=idempotency_key,
        shard=row.shard,
    )


async def load(uow: UnitOfWork, identity: UUID) -> Any:
    """Return one difference with its account's exchange and label.

    Raises:
        NotFound: there is none.
    """
    row = (await uow.session.execute(_OF, {"id": identity})).one_or_none()
    if row is None:
        raise NotFound(f"There is no difference {identity}")
    return row


def _row(one: Found, identity: UUID) -> dict[str, Any]:
    status = DiscrepancyStatus.OPEN if one.cause is None else DiscrepancyStatus.EXPLAINED
    return {
        "id": identity,
        "account_id": one.account_id,
        "kind": one.kind.value,
        "subject": one.subject,
        "symbol": one.symbol,
        "local": one.local,
        "reported": one.reported,
        "cause": "" if one.cause is None else one.cause.value,
        "evidence": one.evidence,
        "status": status.value,
        "parks": one.parks,
    }


async def _tell(uow: UnitOfWork, one: Found, identity: UUID) -> None:
    uow.record(
        DiscrepancyFound(
            subject=identity,
            account_id=one.account_id,
            kind=one.kind.value,
            what=one.subject,
            local=one.local,
            reported=one.reported,
            cause="Nothing explains it" if one.cause is None else f"Cause: {one.cause.value}",
            parks=one.parks,
        )
    )
    if not one.parks:
        return
    reason = f"{PARKED_FOR}{one.subject}: ours {one.local}, theirs {one.reported}"
    parked = await uow.session.execute(_PARK, {"account_id": one.account_id, "reason": reason})
    if parked.rowcount:  # type: ignore[attr-defined]
        uow.record(AccountParked(account_id=one.account_id, reason=reason))
