"""What the daemon found out about a key: admitted, refused, put off, confirmed, or set aside."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson

from patriot_app.core.db import key_history
from patriot_app.core.db import key_statements as sql
from patriot_app.core.domain.credentials import (
    BEING_VERIFIED,
    TRANSITIONS,
    CheckOutcome,
    CredentialStatus,
    pause_before_try,
)
from patriot_app.core.domain.events import (
    CredentialChecked,
    CredentialDidNotOpen,
    CredentialQuarantined,
    CredentialRejected,
    CredentialReplaced,
    CredentialVerified,
    CredentialWaiting,
)
from patriot_app.core.domain.key_facts import Effect, KeyFinding, KeyPermissions
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Admitted:
    """The account that a new key serves, and whether it had another key before."""

    account_id: UUID
    has_replaced: bool


async def admit(
    uow: UnitOfWork,
    credential_id: UUID,
    permissions: KeyPermissions,
    findings: Sequence[KeyFinding] = (),
) -> Admitted | None:
    """Mark a key verified, let the account's former key go, and open the account's state.

    The former one is let go only here, when the new one has proved itself.

    Returns:
        None if the key was revoked meanwhile.
    """
    key = (await uow.session.execute(sql.GET, {"id": credential_id})).one_or_none()
    if key is None or CredentialStatus(key.status) not in BEING_VERIFIED:
        return None
    account_id = UUID(str(key.account_id))
    bound = {"account_id": account_id, "id": credential_id}
    replaced = (await uow.session.execute(sql.REPLACE, bound)).all()
    for row in replaced:
        await _destroy(uow, row.id)
        uow.record(
            CredentialReplaced(
                account_id=account_id,
                subject=row.id,
                masked_key=row.masked_key,
                by=key.masked_key,
            )
        )
    await _set(uow, credential_id, CredentialStatus.VERIFIED, permissions, findings)
    await uow.session.execute(
        sql.OPEN_STATE, {"account_id": account_id, "uid": permissions.exchange_uid}
    )
    uow.record(
        CredentialVerified(
            account_id=account_id,
            masked_key=key.masked_key,
            exchange_uid=permissions.exchange_uid,
        )
    )
    await _note(uow, key, _accepted(findings), findings)
    return Admitted(account_id, has_replaced=bool(replaced))


async def confirm(
    uow: UnitOfWork,
    credential_id: UUID,
    permissions: KeyPermissions,
    findings: Sequence[KeyFinding] = (),
    *,
    locks: bool = False,
) -> bool:
    """Note that a later check found a key usable; one in quarantine comes back by it.

    Args:
        locks: what was found locks the account down, though the key works.

    Returns:
        Whether the key is in use again that was in quarantine.
    """
    key = (await uow.session.execute(sql.GET, {"id": credential_id})).one_or_none()
    if key is None:
        return False
    updated = await _set(uow, credential_id, CredentialStatus.VERIFIED, permissions, findings)
    if updated is None:
        return False
    outcome = CheckOutcome.LOCKED if locks else _accepted(findings)
    await _note(uow, key, outcome, findings)
    if key.status != CredentialStatus.QUARANTINED:
        return False
    uow.record(
        CredentialVerified(
            account_id=key.account_id,
            masked_key=key.masked_key,
            exchange_uid=permissions.exchange_uid,
        )
    )
    return True


async def refuse(
    uow: UnitOfWork,
    credential_id: UUID,
    *,
    permissions: KeyPermissions | None,
    findings: Sequence[KeyFinding],
) -> None:
    """Refuse a key and destroy its boxes: what may not be used is not kept."""
    updated = await _set(uow, credential_id, CredentialStatus.REJECTED, permissions, findings)
    if updated is None:
        return
    await _destroy(uow, credential_id)
    await _note(uow, updated, CheckOutcome.REJECTED, findings)
    uow.record(
        CredentialRejected(
            account_id=updated.account_id,
            masked_key=updated.masked_key,
            reasons=_grave(findings),
        )
    )


async def quarantine(
    uow: UnitOfWork,
    credential_id: UUID,
    *,
    findings: Sequence[KeyFinding],
    permissions: KeyPermissions | None = None,
) -> None:
    """Ask nothing with a key any more until somebody looked; it stays sealed here."""
    updated = await _set(uow, credential_id, CredentialStatus.QUARANTINED, permissions, findings)
    if updated is None:
        return
    await _note(uow, updated, CheckOutcome.QUARANTINED, findings)
    uow.record(
        CredentialQuarantined(
            account_id=updated.account_id,
            masked_key=updated.masked_key,
            reasons=_grave(findings),
        )
    )


async def deny(uow: UnitOfWork, credential_id: UUID, finding: KeyFinding, *, most: int) -> bool:
    """Count one more time in a row that the exchange did not let a verified key in.

    Returns:
        Whether it was once too often, and the key is in quarantine now.
    """
    key = (await uow.session.execute(sql.GET, {"id": credential_id})).one_or_none()
    if key is None or key.status not in {CredentialStatus.VERIFIED, CredentialStatus.QUARANTINED}:
        return False
    denials = key.denials + 1
    if denials >= most or key.status == CredentialStatus.QUARANTINED:
        await quarantine(uow, credential_id, findings=(finding,))
        return True
    await uow.session.execute(
        sql.DENY,
        {
            "id": credential_id,
            "denials": denials,
            "next_try_at": uow.now + pause_before_try(denials),
            "error": str(finding),
            "findings": key_history.as_json((finding,)),
        },
    )
    await _note(uow, key, CheckOutcome.DENIED, (finding,))
    uow.touch("accounts")
    return False


async def postpone(uow: UnitOfWork, credential_id: UUID, *, error: str) -> None:
    """Note that the exchange did not answer; a new key waits and is tried again by itself."""
    key = (await uow.session.execute(sql.GET, {"id": credential_id})).one_or_none()
    if key is None:
        return
    status = CredentialStatus(key.status)
    is_new = status in BEING_VERIFIED
    tries = min(key.tries + 1, 1000)
    next_try_at = uow.now + pause_before_try(tries)
    await uow.session.execute(
        sql.POSTPONE,
        {
            "id": credential_id,
            "status": CredentialStatus.WAITING.value if is_new else status.value,
            "tries": tries,
            "next_try_at": next_try_at,
            "error": error[:500],
        },
    )
    await _note(uow, key, CheckOutcome.POSTPONED, ())
    if status is CredentialStatus.SUBMITTED:
        uow.record(CredentialWaiting(account_id=key.account_id, masked_key=key.masked_key))
    uow.touch("accounts")


async def tell_unopened(uow: UnitOfWork, credential_id: UUID, *, reason: str) -> None:
    """Say that what is stored of a key does not open; it stays for whoever looks into it."""
    key = (await uow.session.execute(sql.GET, {"id": credential_id})).one_or_none()
    if key is None:
        return
    uow.record(
        CredentialDidNotOpen(
            account_id=key.account_id,
            subject=credential_id,
            masked_key=key.masked_key,
            reason=reason,
        )
    )


async def _note(
    uow: UnitOfWork, key: Any, outcome: CheckOutcome, findings: Sequence[KeyFinding]
) -> None:
    """Keep what a look came to; what is new is an event too."""
    if await key_history.note(uow.session, key.id, outcome, findings, now=uow.now):
        uow.record(
            CredentialChecked(
                account_id=key.account_id,
                masked_key=key.masked_key,
                outcome=outcome.value,
                issues=tuple(one.issue.value for one in findings),
            )
        )


async def _set(
    uow: UnitOfWork,
    credential_id: UUID,
    status: CredentialStatus,
    permissions: KeyPermissions | None,
    findings: Sequence[KeyFinding],
) -> Any:
    grave = _grave(findings)
    row = (
        await uow.session.execute(
            sql.UPDATE,
            {
                "id": credential_id,
                "status": status.value,
                "prior": [state.value for state in prior_states(TRANSITIONS, status)],
                "now": uow.now,
                "permissions": None if permissions is None else _as_json(permissions),
                "rejection": orjson.dumps(list(grave)).decode() if grave else None,
                "expires_at": None if permissions is None else permissions.expires_at,
                "findings": key_history.as_json(findings),
                "error": " ".join(grave)[:500],
            },
        )
    ).first()
    uow.touch("accounts")
    return row


def _accepted(findings: Sequence[KeyFinding]) -> CheckOutcome:
    return CheckOutcome.WARNED if findings else CheckOutcome.ACCEPTED


def _grave(findings: Sequence[KeyFinding]) -> tuple[str, ...]:
    return tuple(str(one) for one in findings if one.effect is not Effect.WARN)


async def _destroy(uow: UnitOfWork, credential_id: UUID) -> None:
    await uow.session.execute(sql.DESTROY, {"id": credential_id})


def _as_json(permissions: KeyPermissions) -> str:
    known = asdict(permissions) | {"can_move_money": permissions.can_move_money}
    return orjson.dumps(known, default=str).decode()
