"""The history of looks at a key: what came to the same as the time before adds to its row."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.credentials import CheckOutcome
from patriot_app.core.domain.key_facts import KeyFinding
from patriot_app.core.ids import new_id

_SAME = text(
    """
    UPDATE key_checks SET last_at = :now, times = times + 1
     WHERE id = (SELECT id FROM key_checks WHERE credential_id = :credential_id
                  ORDER BY last_at DESC, id DESC LIMIT 1)
       AND outcome = :outcome AND findings = CAST(:findings AS jsonb)
    RETURNING id
    """
)
_OTHER = text(
    """
    INSERT INTO key_checks (id, credential_id, account_id, outcome, findings, first_at, last_at)
    SELECT :id, c.id, c.account_id, :outcome, CAST(:findings AS jsonb), :now, :now
      FROM credentials AS c WHERE c.id = :credential_id
    """
)


def as_json(findings: Sequence[KeyFinding]) -> str:
    """Return findings as they are stored: by word, what, and what to do."""
    return orjson.dumps(
        [
            {
                "issue": one.issue.value,
                "says": one.says,
                "do_next": one.do_next,
                "effect": one.effect.value,
            }
            for one in findings
        ]
    ).decode()


async def note(
    session: AsyncSession,
    credential_id: UUID,
    outcome: CheckOutcome,
    findings: Sequence[KeyFinding],
    *,
    now: datetime,
) -> bool:
    """Write down a look at a key; return whether it came to something else than the one before."""
    bound = {
        "credential_id": credential_id,
        "outcome": outcome.value,
        "findings": as_json(findings),
        "now": now,
    }
    if (await session.execute(_SAME, bound)).first() is not None:
        return False
    await session.execute(_OTHER, {**bound, "id": new_id()})
    return True
