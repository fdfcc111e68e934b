"""Clients and staff: register, approve, suspend, reactivate, close."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text

from patriot_app.core import passwords
from patriot_app.core.db.administrators import need_another_administrator
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import TRANSITIONS as ACCOUNT_TRANSITIONS
from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.events import (
    AccountStatusChanged,
    AuditAccessGiven,
    UserRegistered,
    UserStatusChanged,
)
from patriot_app.core.domain.passwords import validate_password
from patriot_app.core.domain.permissions import STAFF_ROLES, Role
from patriot_app.core.domain.staff import check_roles, need_agreed, need_held
from patriot_app.core.domain.transitions import advance
from patriot_app.core.domain.users import TRANSITIONS, RiskProfile, UserStatus, normalise_email
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.users import User
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

_IS_TAKEN = text("SELECT EXISTS (SELECT 1 FROM users WHERE lower(email) = :email)")
_END_SESSIONS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
)
# What an account had from its client's suspension goes with it; its own suspension stays.
_SUSPEND_ACCOUNTS = text(
    "UPDATE accounts SET status = 'suspended', status_reason = :reason, suspended_with_client = true"
    " WHERE client_id = :user_id AND status = ANY(:prior) RETURNING id"
)
_RESUME_ACCOUNTS = text(
    "UPDATE accounts SET status = 'active', status_reason = '', suspended_with_client = false"
    " WHERE client_id = :user_id AND suspended_with_client AND status = ANY(:prior) RETURNING id"
)
_IN_USE = text("SELECT count(*) FROM accounts WHERE client_id = :user_id AND status <> 'disabled'")
_OPEN_POSITIONS = text(
    "SELECT count(*) FROM positions AS p JOIN accounts AS a ON a.id = p.account_id"
    " WHERE a.client_id = :user_id AND p.quantity <> 0"
)


async def create_client(
    uow: UnitOfWork,
    *,
    email: str,
    name: str,
    password: str | None = None,
    risk_profile: RiskProfile = RiskProfile.MEDIUM,
    is_demo: bool = False,
) -> UUID:
    """Enter a client, who trades nothing until somebody approves him.

    Args:
        password: None: he cannot sign in until he has one.

    Raises:
        Invalid: e-mail taken or not one, no name, weak password.
    """
    return await _create(
        uow,
        email=email,
        name=name,
        password=password,
        risk_profile=risk_profile,
        is_demo=is_demo,
        roles=(Role.CUSTOMER,),
    )


async def create_staff(
    uow: UnitOfWork,
    *,
    email: str,
    name: str,
    password: str | None,
    roles: Collection[Role],
    access_until: datetime | None = None,
) -> UUID:
    """Enter somebody who works here or audits; he may sign in as soon as he has a password.

    Args:
        password: None: he sets one by a link that the desk hands him.
        access_until: the end of an auditor's access; None for everybody else.

    Raises:
        Invalid: as for a client, or roles that do not go together; Refused: a role that the actor
            lacks.
    """
    check_roles(roles, access_until=access_until, now=uow.now)
    if uow.actor.is_staff:
        need_held(uow.actor.roles, roles)
    user_id = await _create(
        uow,
        email=email,
        name=name,
        password=password,
        risk_profile=RiskProfile.LOW,
        is_demo=False,
        roles=tuple(sorted(roles)),
        access_until=access_until,
    )
    await _change(uow, user_id, UserStatus.ACTIVE, reason="Staff")
    if access_until is not None:
        uow.record(AuditAccessGiven(client_id=user_id, until=access_until, reason="Invited"))
    uow.touch("staff")
    await uow.session.flush()
    return user_id


async def approve(uow: UnitOfWork, user_id: UUID, *, reason: str = "") -> None:
    """Admit a client; accounts that the desk opened for him meanwhile may trade.

    Raises:
        IllegalTransition: he is suspended or closed.
    """
    user = await _change(uow, user_id, UserStatus.ACTIVE, reason=reason)
    await _resume_accounts(uow, user_id, reason=reason or "Client approved")
    if user.approved_at is None:
        user.approved_at = uow.now
        user.approved_by = uow.actor.user_id


async def refuse(uow: UnitOfWork, user_id: UUID, *, reason: str) -> None:
    """Refuse a client who awaits approval; the reason stands in the record.

    Raises:
        Invalid: no reason; Refused: he was approved before.
    """
    need_reason(reason)
    user = await get_for_update(uow.session, User, user_id)
    if user.status is not UserStatus.PENDING_VERIFICATION:
        raise Refused(f"{user.name} was approved already; suspend or close instead")
    await _change(uow, user_id, UserStatus.CLOSED, reason=reason)
    await uow.session.execute(_END_SESSIONS, {"user_id": user_id, "now": uow.now})
    uow.touch("sessions")


async def suspend(uow: UnitOfWork, user_id: UUID, *, reason: str, is_agreed: bool = False) -> None:
    """Suspend a person: his sessions end and nothing more is opened on his accounts.

    Exits and stops go on. A client may sign in anew and look; a member of the desk may not.

    Args:
        is_agreed: a second person agreed, or the desk has only one.

    Raises:
        Invalid: no reason; Refused: oneself, the last administrator, or one without a second person.
    """
    need_reason(reason)
    if user_id == uow.actor.user_id:
        raise Refused("You cannot suspend yourself")
    user = await get_for_update(uow.session, User, user_id)
    if need_agreed(user.roles, is_agreed=is_agreed):
        await need_another_administrator(uow.session, user_id)
    await _change(uow, user_id, UserStatus.SUSPENDED, reason=reason)
    await uow.session.execute(_END_SESSIONS, {"user_id": user_id, "now": uow.now})
    because = f"The client is suspended: {reason.strip()}"
    await _change_accounts(uow, _SUSPEND_ACCOUNTS, user_id, AccountStatus.SUSPENDED, because)
    uow.touch("sessions")


async def reactivate(
    uow: UnitOfWork, user_id: UUID, *, reason: str, is_agreed: bool = False
) -> None:
    """Let a suspended person in again; accounts that were suspended with him trade again.

    Args:
        is_agreed: a second person agreed, or the desk has only one.

    Raises:
        Invalid: no reason; Refused: never approved, an administrator without a second person;
            IllegalTransition: closed.
    """
    need_reason(reason)
    user = await get_for_update(uow.session, User, user_id)
    if user.status is UserStatus.PENDING_VERIFICATION:
        raise Refused(f"{user.name} was never approved; approve the client instead")
    need_agreed(user.roles, is_agreed=is_agreed)
    await _change(uow, user_id, UserStatus.ACTIVE, reason=reason)
    await _resume_accounts(uow, user_id, reason=reason)


async def close(uow: UnitOfWork, user_id: UUID, *, reason: str) -> None:
    """End a relationship for good; only without positions and accounts in use.

    Raises:
        Invalid: no reason; Refused: a position is open or an account in use.
    """
    need_reason(reason)
    open_positions = (await uow.session.execute(_OPEN_POSITIONS, {"user_id": user_id})).scalar_one()
    if open_positions:
        raise Refused(f"{open_positions} positions are open; close them first")
    in_use = (await uow.session.execute(_IN_USE, {"user_id": user_id})).scalar_one()
    if in_use:
        raise Refused(f"{in_use} accounts are still in use; off-board the client step by step")
    if Role.ADMIN in (await get_for_update(uow.session, User, user_id)).roles:
        raise Refused("An administrator loses that role first, by a change of roles")
    await _change(uow, user_id, UserStatus.CLOSED, reason=reason)
    await uow.session.execute(_END_SESSIONS, {"user_id": user_id, "now": uow.now})
    uow.touch("sessions")


async def _resume_accounts(uow: UnitOfWork, user_id: UUID, *, reason: str) -> None:
    await _change_accounts(uow, _RESUME_ACCOUNTS, user_id, AccountStatus.ACTIVE, reason)


async def _change_accounts(
    uow: UnitOfWork, statement: TextClause, user_id: UUID, status: AccountStatus, reason: str
) -> None:
    """Let the accounts follow their client; each tells it in its own history."""
    prior = AccountStatus.ACTIVE if status is AccountStatus.SUSPENDED else AccountStatus.SUSPENDED
    assert status in ACCOUNT_TRANSITIONS[prior]
    changed = await uow.session.execute(
        statement, {"user_id": user_id, "reason": reason, "prior": [prior.value]}
    )
    for row in changed:
        uow.record(
            AccountStatusChanged(
                account_id=row.id, previous=prior.value, status=status.value, reason=reason
            )
        )
    uow.touch("accounts")


async def _create(
    uow: UnitOfWork,
    *,
    email: str,
    name: str,
    password: str | None,
    risk_profile: RiskProfile,
    is_demo: bool,
    roles: tuple[Role, ...],
    access_until: datetime | None = None,
) -> UUID:
    address = normalise_email(email)
    if not name.strip():
        raise Invalid({"name": "Please give a name"})
    if (await uow.session.execute(_IS_TAKEN, {"email": address})).scalar_one():
        raise Invalid({"email": "Somebody with this address exists already"})
    encoded = None
    if password is not None:
        validate_password(password, email=address, is_staff=bool(set(roles) & STAFF_ROLES))
        encoded = await _hash(password)
    user_id = new_id()
    uow.session.add(
        User(
            id=user_id,
            email=address,
            name=name.strip(),
            status=UserStatus.PENDING_VERIFICATION,
            risk_profile=risk_profile,
            roles=[role.value for role in roles],
            password_hash=encoded,
            is_demo=is_demo,
            access_until=access_until,
        )
    )
    await uow.session.flush()
    uow.record(
        UserRegistered(client_id=user_id, email=address, roles=tuple(role.value for role in roles))
    )
    uow.touch("clients")
    return user_id


async def _hash(password: str) -> str:
    settings = get_settings()
    return await passwords.hash_password(
        password,
        pepper=read_key(settings.session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE"),
        cost=passwords.Cost(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes),
    )


async def _change(uow: UnitOfWork, user_id: UUID, status: UserStatus, *, reason: str) -> User:
    user = await get_for_update(uow.session, User, user_id)
    previous = user.status
    user.status = advance(TRANSITIONS, previous, status)
    if previous is not status:
        user.status_reason = reason
        uow.record(
            UserStatusChanged(
                client_id=user_id, previous=previous.value, status=status.value, reason=reason
            )
        )
        uow.touch("clients")
    return user
