"""Tell staff once of a fan-out who took no part and why: one message, however many accounts.

It is made from the record when the signal has come to rest, so that it counts every shard and every
attempt. Clients hear of their own account at once, by the account's own fact.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import FanOutFellShort
from patriot_app.core.domain.reasons import MEANT_TO_BE, in_words
from patriot_app.core.unit_of_work import UnitOfWork

NEWS_FOR = timedelta(hours=1)
"""A signal that came to rest before is no news any more."""
AT_ONCE = 100

_FELL_SHORT = text(
    """
    SELECT s.id, s.deployment_id, s.symbol, s.action, o.accounts, f.reason_code, count(*) AS missed
      FROM signal_outcomes AS o
      JOIN signals AS s ON s.id = o.signal_id
      JOIN fan_out_accounts AS f ON f.signal_id = s.id AND f.decision IN ('skipped', 'denied')
                                AND f.reason_code <> ALL(CAST(:meant_to_be AS text[]))
     WHERE o.settled_at > :since AND s.id IN (
           SELECT r.signal_id FROM signal_outcomes AS r
            WHERE r.settled_at > :since AND r.skipped + r.denied > 0
              AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.subject_id = r.signal_id
                               AND e.type = 'FanOutFellShort' AND e.recorded_at > :known_since)
            ORDER BY r.settled_at, r.signal_id LIMIT :at_once)
     GROUP BY s.id, s.deployment_id, s.symbol, s.action, o.accounts, f.reason_code
     ORDER BY s.id, missed DESC, f.reason_code
    """
)


async def tell(uow: UnitOfWork) -> int:
    """Record what recent fan-outs fell short of; return of how many that was told."""
    # Two daemons that look at the same moment tell it once: the second waits for the first.
    await lock(uow.session, "fan_out_notices", "all")
    found = await uow.session.execute(
        _FELL_SHORT,
        {
            "meant_to_be": sorted(reason.value for reason in MEANT_TO_BE),
            "since": uow.now - NEWS_FOR,
            "known_since": uow.now - 24 * NEWS_FOR,
            "at_once": AT_ONCE,
        },
    )
    reasons: dict[UUID, dict[str, int]] = {}
    facts = {}
    for row in found:
        facts[row.id] = row
        reasons.setdefault(row.id, {})[row.reason_code] = row.missed
    for signal_id, row in facts.items():
        counts = reasons[signal_id]
        uow.record(
            FanOutFellShort(
                subject=signal_id,
                deployment_id=row.deployment_id,
                symbol=row.symbol,
                action=row.action,
                accounts=row.accounts,
                missed=sum(counts.values()),
                reasons=summary_of(counts),
            )
        )
    return len(facts)


def summary_of(counts: Mapping[str, int]) -> str:
    """Return "17 accounts: insufficient margin; 1 account: drawdown limit", the most first."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return "; ".join(
        f"{count} account{'' if count == 1 else 's'}: {in_words(code)}" for code, count in ordered
    )
