"""Enter and leave cold mode, and note what was proved in it (EXECUTION 2.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import ColdModeEntered, ColdModeLeft
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

_ENTER = text(
    "INSERT INTO cold_modes (id, reason) VALUES (:id, :reason) ON CONFLICT DO NOTHING RETURNING id"
)
_ACTIVE = text("SELECT EXISTS (SELECT 1 FROM cold_modes WHERE left_at IS NULL)")
_LEAVE = text(
    "UPDATE cold_modes SET left_at = clock_timestamp(), left_by = :by, left_reason = :reason"
    " WHERE left_at IS NULL RETURNING id"
)
_IDENTITY = text(
    """
    SELECT (pg_control_system()).system_identifier::text AS system_identifier,
           (pg_control_checkpoint()).timeline_id AS timeline,
           pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS written
    """
)
_LOOKED_UP = text(
    "UPDATE attempts SET looked_up_at = clock_timestamp()"
    " WHERE id = ANY(:ids) AND state = 'created'"
)
_PROVED = text(
    "UPDATE account_states SET proved_at = clock_timestamp() WHERE account_id = :account_id"
)
_TO_PROVE = text(
    """
    SELECT s.account_id FROM account_states AS s JOIN accounts AS a ON a.id = s.account_id
      JOIN cold_modes AS c ON c.left_at IS NULL
     WHERE a.shard = ANY(:shards) AND a.status <> 'disabled'
       AND (s.proved_at IS NULL OR s.proved_at < c.entered_at)
    """
)
_IS_PROVED = text(
    """
    SELECT NOT EXISTS (
           SELECT 1 FROM account_states AS s JOIN accounts AS a ON a.id = s.account_id
             JOIN credentials AS k ON k.account_id = a.id AND k.status = 'verified'
            WHERE a.status <> 'disabled'
              AND (s.proved_at IS NULL OR s.proved_at < c.entered_at))
       AND NOT EXISTS (SELECT 1 FROM discrepancies AS d
                        WHERE d.status = 'open' AND d.kind = 'orphan_order')
       AND NOT EXISTS (SELECT 1 FROM attempts AS t
                        WHERE t.state IN ('sending', 'unknown', 'quarantined')
                          AND t.created_at < c.entered_at)
      FROM cold_modes AS c WHERE c.left_at IS NULL
    """
)


@dataclass(frozen=True, slots=True)
class DatabaseIdentity:
    """Which database this is, and how far it has been written.

    Attributes:
        system_identifier: of the cluster; another one means another database.
        timeline: grows when a standby takes over or a backup is restored to a point in time.
        written: bytes of the write-ahead log; it only grows.
    """

    system_identifier: str
    timeline: int
    written: int


async def identity(uow: UnitOfWork) -> DatabaseIdentity:
    """Return which database we talk to."""
    row = (await uow.session.execute(_IDENTITY)).one()
    return DatabaseIdentity(row.system_identifier, row.timeline, row.written)


async def enter(uow: UnitOfWork, *, reason: str) -> bool:
    """Enter cold mode; False if it is cold already."""
    row = (await uow.session.execute(_ENTER, {"id": new_id(), "reason": reason})).one_or_none()
    if row is None:
        return False
    uow.record(ColdModeEntered(subject=row.id, reason=reason))
    uow.touch("system", "reconciliation", "halts")
    return True


async def is_cold(uow: UnitOfWork) -> bool:
    """Tell whether every order must be looked up before it leaves."""
    return bool((await uow.session.execute(_ACTIVE)).scalar_one())


async def leave(uow: UnitOfWork, *, reason: str) -> None:
    """Leave cold mode on a person's word.

    Raises:
        Invalid: no reason; Refused: it is not cold.
    """
    need_reason(reason)
    await _leave(uow, reason=reason, is_solo=get_settings().four_eyes == "off")


async def leave_if_proved(uow: UnitOfWork) -> bool:
    """Leave cold mode once every account was read since, no orphan is open and nothing unknown."""
    is_proved = (await uow.session.execute(_IS_PROVED)).scalar_one_or_none()
    if not is_proved:
        return False
    await _leave(uow, reason="Every account is proved", is_solo=False)
    return True


async def note_looked_up(uow: UnitOfWork, attempt_ids: Iterable[UUID]) -> None:
    """Note unsent attempts that the exchange cleanly does not know: they may be sent."""
    await uow.session.execute(_LOOKED_UP, {"ids": sorted(attempt_ids)})


async def note_proved(uow: UnitOfWork, account_id: UUID) -> None:
    """Note that an account was read completely and its books follow its exchange."""
    await uow.session.execute(_PROVED, {"account_id": account_id})


async def to_prove(uow: UnitOfWork, shards: Sequence[int]) -> list[UUID]:
    """Return the accounts of the shards that were not proved since it became cold."""
    return list((await uow.session.execute(_TO_PROVE, {"shards": list(shards)})).scalars())


async def _leave(uow: UnitOfWork, *, reason: str, is_solo: bool) -> None:
    bound = {"by": uow.actor.user_id, "reason": reason}
    row = (await uow.session.execute(_LEAVE, bound)).one_or_none()
    if row is None:
        raise Refused("It is not cold")
    uow.record(ColdModeLeft(subject=row.id, reason=reason, is_solo=is_solo))
    uow.touch("system", "reconciliation", "halts")
