"""What the daemon found out about a key: admitted, refused, or no longer to be trusted."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from patriot_app.core.domain.credentials import TRANSITIONS, CredentialStatus, KeyPermissions
from patriot_app.core.domain.events import CredentialRejected, CredentialVerified
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.unit_of_work import UnitOfWork

_UPDATE = text(
    """
    UPDATE credentials
       SET status = :status, checked_at = :now, permissions = CAST(:permissions AS jsonb),
           rejection = CAST(:rejection AS jsonb), expires_at = :expires_at
     WHERE id = :id AND (status = ANY(:prior) OR status = :status)
    RETURNING account_id, masked_key
    """
)
_OPEN_STATE = text(
    """
    INSERT INTO account_states (account_id, exchange, mode, exchange_uid)
    SELECT id, exchange, mode, :uid FROM accounts WHERE id = :account_id
    ON CONFLICT (account_id) DO UPDATE SET exchange_uid = excluded.exchange_uid
    """
)


async def owner_of_uid(uow: UnitOfWork, account_id: UUID, *, exchange_uid: str) -> UUID | None:
    """Return another account of the same exchange and mode that has this exchange account."""
    row = (
        await uow.session.execute(
            text(
                "SELECT other.account_id FROM account_states AS other"
                " JOIN accounts AS mine ON mine.id = :id"
                " WHERE other.exchange = mine.exchange AND other.mode = mine.mode"
                " AND other.exchange_uid = :uid AND other.account_id <> mine.id"
            ),
            {"id": account_id, "uid": exchange_uid},
        )
    ).first()
    return None if row is None else row.account_id


async def uid_of(uow: UnitOfWork, account_id: UUID) -> str:
    """Return the exchange account that earlier keys of this account belonged to; "" if none."""
    row = (
        await uow.session.execute(
            text("SELECT exchange_uid FROM account_states WHERE account_id = :id"),
            {"id": account_id},
        )
    ).first()
    return "" if row is None else row.exchange_uid


async def admit(uow: UnitOfWork, credential_id: UUID, permissions: KeyPermissions) -> UUID | None:
    """Mark a key verified, retire the account's former key, and open the account's state.

    Returns:
        The account; None if the key was revoked meanwhile.
    """
    replaced = await uow.session.execute(
        text(
            "UPDATE credentials AS old SET status = 'revoked'"
            " FROM credentials AS new WHERE new.id = :id AND old.account_id = new.account_id"
            " AND old.id <> new.id AND old.status IN ('verified', 'quarantined') RETURNING old.id"
        ),
        {"id": credential_id},
    )
    for row in replaced:
        await _destroy(uow, row.id)
    updated = await _set_status(uow, credential_id, CredentialStatus.VERIFIED, permissions, ())
    if updated is None:
        return None
    await uow.session.execute(
        _OPEN_STATE, {"account_id": updated.account_id, "uid": permissions.exchange_uid}
    )
    uow.record(
        CredentialVerified(
            account_id=updated.account_id,
            masked_key=updated.masked_key,
            exchange_uid=permissions.exchange_uid,
        )
    )
    return UUID(str(updated.account_id))


async def confirm(uow: UnitOfWork, credential_id: UUID, permissions: KeyPermissions) -> None:
    """Note that a periodic check found a verified key still in order."""
    await uow.session.execute(
        text(
            "UPDATE credentials SET checked_at = :now, permissions = CAST(:permissions AS jsonb),"
            " expires_at = :expires_at WHERE id = :id AND status = 'verified'"
        ),
        {
            "id": credential_id,
            "now": uow.now,
            "permissions": _as_json(permissions),
            "expires_at": permissions.expires_at,
        },
    )
    uow.touch("accounts")


async def refuse(
    uow: UnitOfWork,
    credential_id: UUID,
    *,
    permissions: KeyPermissions | None,
    reasons: Sequence[str],
) -> None:
    """Refuse a key and destroy its boxes: what may not be used is not kept."""
    updated = await _set_status(uow, credential_id, CredentialStatus.REJECTED, permissions, reasons)
    if updated is None:
        return
    await _destroy(uow, credential_id)
    uow.record(
        CredentialRejected(
            account_id=updated.account_id,
            masked_key=updated.masked_key,
            reasons=tuple(reasons),
        )
    )


async def due(uow: UnitOfWork, *, shards: Sequence[int], older_than: timedelta) -> list[UUID]:
    """Return verified keys that were not checked lately."""
    rows = await uow.session.execute(
        text(
            "SELECT c.id FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id"
            " WHERE c.status = 'verified' AND a.shard = ANY(:shards)"
            " AND c.checked_at < :before ORDER BY c.checked_at"
        ),
        {"shards": list(shards), "before": uow.now - older_than},
    )
    return [row.id for row in rows]


async def _set_status(
    uow: UnitOfWork,
    credential_id: UUID,
    status: CredentialStatus,
    permissions: KeyPermissions | None,
    reasons: Sequence[str],
) -> Any:
    row = (
        await uow.session.execute(
            _UPDATE,
            {
                "id": credential_id,
                "status": status.value,
                "prior": [state.value for state in prior_states(TRANSITIONS, status)],
                "now": uow.now,
                "permissions": None if permissions is None else _as_json(permissions),
                "rejection": orjson.dumps(list(reasons)).decode() if reasons else None,
                "expires_at": None if permissions is None else permissions.expires_at,
            },
        )
    ).first()
    uow.touch("accounts")
    return row


async def _destroy(uow: UnitOfWork, credential_id: UUID) -> None:
    await uow.session.execute(text("SELECT destroy_credential(:id)"), {"id": credential_id})


def _as_json(permissions: KeyPermissions) -> str:
    return orjson.dumps(asdict(permissions), default=str).decode()
