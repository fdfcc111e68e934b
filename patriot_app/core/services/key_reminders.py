"""Remind clients of keys that end or have grown old, once for each occasion."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text

from patriot_app.core.domain.credentials import REMINDER_DAYS, due_reminder
from patriot_app.core.domain.events import CredentialExpiresSoon, CredentialRenewalAsked
from patriot_app.core.unit_of_work import UnitOfWork

_ENDING = text(
    """
    SELECT c.id, c.account_id, c.masked_key, c.expires_at, c.reminded_days
      FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id
     WHERE c.status = 'verified' AND a.shard = ANY(:shards) AND a.status <> 'disabled'
       AND c.expires_at > :now AND c.expires_at <= :until
       AND (c.reminded_days IS NULL OR c.reminded_days > :last)
     ORDER BY c.expires_at FOR UPDATE OF c
    """
)
_REMINDED = text("UPDATE credentials SET reminded_days = :days WHERE id = :id")
_OLD = text(
    """
    UPDATE credentials AS c SET renewal_asked_at = :now
      FROM accounts AS a
     WHERE a.id = c.account_id AND c.status = 'verified' AND a.shard = ANY(:shards)
       AND a.status <> 'disabled' AND c.created_at <= :before
       AND (c.renewal_asked_at IS NULL OR c.renewal_asked_at <= :asked_before)
    RETURNING c.account_id, c.masked_key, c.created_at
    """
)
ASK_AGAIN_AFTER = timedelta(days=30)


async def remind(uow: UnitOfWork, *, shards: Sequence[int]) -> None:
    """Tell the clients of keys that end within 14, 7 and 1 days."""
    bound = {
        "shards": list(shards),
        "now": uow.now,
        "until": uow.now + timedelta(days=max(REMINDER_DAYS)),
        "last": min(REMINDER_DAYS),
    }
    for row in (await uow.session.execute(_ENDING, bound)).all():
        days = due_reminder(row.expires_at, reminded_days=row.reminded_days, now=uow.now)
        if days is None:
            continue
        await uow.session.execute(_REMINDED, {"id": row.id, "days": days})
        uow.record(
            CredentialExpiresSoon(
                account_id=row.account_id,
                masked_key=row.masked_key,
                expires_on=f"{row.expires_at:%Y-%m-%d}",
                days=days,
            )
        )
        uow.touch("accounts")


async def ask_renewals(uow: UnitOfWork, *, shards: Sequence[int], renew_after: timedelta) -> None:
    """Ask the clients of old keys for new ones; again every 30 days."""
    bound = {
        "shards": list(shards),
        "now": uow.now,
        "before": uow.now - renew_after,
        "asked_before": uow.now - ASK_AGAIN_AFTER,
    }
    for row in await uow.session.execute(_OLD, bound):
        age = uow.now - row.created_at
        uow.record(
            CredentialRenewalAsked(
                account_id=row.account_id, masked_key=row.masked_key, age_days=age.days
            )
        )
        uow.touch("accounts")
