"""Commands of operators: claimed once, ended once; a claim whose owner died returns.

It returns when it has run out, or earlier to whoever has taken the shard over from its owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from patriot_app.core.domain.commands import (
    COMMAND_TRANSITIONS,
    Command,
    CommandStatus,
    command_from,
)
from patriot_app.core.domain.events import CommandCompleted
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.errors import PatriotError
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClaimedCommand:
    """One command to carry out.

    Attributes:
        command: None if its payload cannot be read.
        request_id: of the request that gave it; "" where the daemon asked itself.
    """

    id: UUID
    type: str
    shard: int | None
    command: Command | None
    problem: str
    issued_by: UUID | None
    surface: str
    request_id: str = ""


_EXPIRE = text(
    """
    UPDATE commands SET status = 'expired', completed_at = clock_timestamp(),
           error = 'No daemon took it in time'
     WHERE status = 'pending' AND expires_at < clock_timestamp() RETURNING id
    """
)
_CLAIM = text(
    """
    WITH waiting AS (
        SELECT id FROM commands
         WHERE (status = 'pending'
                OR (status = 'claimed' AND claim_expires_at < clock_timestamp())
                OR (status = 'claimed' AND claimed_by <> :process AND EXISTS (
                        SELECT FROM shard_leases AS lease
                         WHERE lease.shard = commands.shard AND lease.owner = :process
                           AND lease.expires_at > clock_timestamp())))
           AND expires_at > clock_timestamp()
           AND (shard IS NULL OR shard = ANY(:shards))
         ORDER BY created_at LIMIT :count FOR UPDATE SKIP LOCKED
    )
    UPDATE commands AS command
       SET status = 'claimed', claimed_by = :process, claimed_at = clock_timestamp(),
           claim_expires_at = clock_timestamp() + make_interval(secs => :ttl_s)
      FROM waiting WHERE command.id = waiting.id
    RETURNING command.id, command.type, command.shard, command.payload, command.issued_by, command.surface,
              command.request_id
    """
)
_END = text(
    """
    UPDATE commands SET status = :status, completed_at = clock_timestamp(),
           result = CAST(:result AS jsonb), error = :error
     WHERE id = :id AND status = ANY(:prior) AND claimed_by = :process
    RETURNING type
    """
)


async def claim(
    uow: UnitOfWork, *, process: str, shards: Sequence[int], count: int, ttl_s: float
) -> list[ClaimedCommand]:
    """Claim waiting commands of our shards and those that any daemon may take."""
    expired = await uow.session.execute(_EXPIRE)
    rows = await uow.session.execute(
        _CLAIM, {"process": process, "shards": list(shards), "count": count, "ttl_s": ttl_s}
    )
    claimed = [_claimed(row) for row in rows]
    if claimed or expired.first() is not None:
        uow.touch("commands")
    return claimed


async def end(
    uow: UnitOfWork,
    command_id: UUID,
    *,
    process: str,
    status: CommandStatus,
    result: Mapping[str, Any] | None = None,
    error: str = "",
) -> bool:
    """Write how a claimed command ended; False if it is not ours any more."""
    row = (
        await uow.session.execute(
            _END,
            {
                "id": command_id,
                "status": status.value,
                "prior": [state.value for state in prior_states(COMMAND_TRANSITIONS, status)],
                "process": process,
                "result": None if result is None else orjson.dumps(result, default=str).decode(),
                "error": error[:2000],
            },
        )
    ).first()
    if row is None:
        return False
    uow.record(
        CommandCompleted(subject=command_id, command=row.type, status=status.value, error=error)
    )
    uow.touch("commands")
    return True


def _claimed(row: Any) -> ClaimedCommand:
    command, problem = None, ""
    try:
        command = command_from(row.type, row.payload)
    except PatriotError as error:
        problem = str(error)
    return ClaimedCommand(
        id=row.id,
        type=row.type,
        shard=row.shard,
        command=command,
        problem=problem,
        issued_by=row.issued_by,
        surface=row.surface,
        request_id=row.request_id,
    )
