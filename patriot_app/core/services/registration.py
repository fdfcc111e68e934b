"""A person registers himself by his invitation; the desk approves him afterwards."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from patriot_app.core import passwords
from patriot_app.core.db.locks import lock
from patriot_app.core.db.referrals import find_referrer, keep_referral
from patriot_app.core.db.served_requests import recall, remember
from patriot_app.core.domain.events import (
    InvitationUsed,
    ReferralRecorded,
    RegistrationCodeUsed,
    TermsAgreed,
    UserRegistered,
)
from patriot_app.core.domain.invitations import (
    LINK_PATH,
    REFUSALS,
    UNKNOWN_LINK,
    InvitationState,
    hash_token,
    state_of,
)
from patriot_app.core.domain.passwords import validate_password
from patriot_app.core.domain.permissions import Role
from patriot_app.core.domain.telegram import TICKET_LASTS
from patriot_app.core.domain.users import RiskProfile, UserStatus
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.users import User
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

NAME_LENGTH_MAX = 120
TICKET_BYTES = 32
REQUEST_ID_LENGTH_MAX = 80
CODE_NOT_GOOD = "This code is not valid any more; ask the desk for another one"

_LOOK_UP = text(
    "SELECT id, email, used_at, revoked_at, expires_at FROM invitations"
    " WHERE token_hash = :token_hash OR id = (SELECT invitation_id FROM registration_codes"
    " WHERE ticket_hash = :token_hash AND ticket_expires_at > :now) FOR UPDATE"
)
_IS_TAKEN = text("SELECT EXISTS (SELECT 1 FROM users WHERE lower(email) = :email)")
_USE = text("UPDATE invitations SET used_at = :now, user_id = :user_id WHERE id = :id")
_REDEEM = text(
    "UPDATE registration_codes SET used_at = :now, telegram_id = :telegram_id,"
    " ticket_hash = :ticket_hash, ticket_expires_at = :ticket_expires_at"
    " WHERE code_hash = :code_hash AND used_at IS NULL AND expires_at > :now"
    " RETURNING invitation_id"
)


@dataclass(frozen=True, slots=True)
class Registered:
    """Who registered.

    Attributes:
        is_repeat: the same request was carried out before; this is its answer again.
    """

    user_id: UUID
    is_repeat: bool


async def hash_new_password(password: str, *, email: str) -> str:
    """Check a customer's first password and return its hash, while no connection is held.

    Raises:
        Invalid: field "password".
    """
    validate_password(password, email=email, is_staff=False)
    settings = get_settings()
    return await passwords.hash_password(
        password,
        pepper=read_key(settings.session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE"),
        cost=passwords.Cost(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes),
    )


async def register(
    uow: UnitOfWork,
    *,
    token: str,
    name: str,
    password_hash: str,
    terms_version: str,
    request_id: str,
    referral_code: str = "",
) -> Registered:
    """Enter the invited person as a customer who awaits approval; his link is used up.

    Args:
        terms_version: of the text that he was shown and agreed to.
        request_id: the same id within a day gives the first answer again.
        referral_code: of the customer who recommended the desk; empty: nobody did.

    Raises:
        Invalid: no name, no agreement, a code that nobody has; Refused: the link is unknown, used, withdrawn or expired.
    """
    token_hash = hash_token(token)
    scope = f"register:{token_hash.hex()}"
    before = await recall(uow.session, scope=scope, request_id=request_id, now=uow.now)
    if before is not None:
        return Registered(UUID(before["user_id"]), is_repeat=True)
    _check_fields(name, terms_version)
    found = await uow.session.execute(_LOOK_UP, {"token_hash": token_hash, "now": uow.now})
    invitation = found.one_or_none()
    if invitation is None:
        raise Refused(UNKNOWN_LINK)
    state = state_of(
        used_at=invitation.used_at,
        revoked_at=invitation.revoked_at,
        expires_at=invitation.expires_at,
        now=uow.now,
    )
    if state is not InvitationState.OPEN:
        raise Refused(REFUSALS[state])
    referrer = await find_referrer(uow.session, referral_code)
    user_id = await _enter(uow, invitation.email, name.strip(), password_hash, terms_version)
    await uow.session.execute(_USE, {"id": invitation.id, "user_id": user_id, "now": uow.now})
    if referrer is not None:
        referrer_id, code = referrer
        await keep_referral(uow.session, user_id, referrer_id=referrer_id, code=code)
        uow.record(ReferralRecorded(client_id=user_id, referrer_id=referrer_id, code=code))
    uow.record(
        InvitationUsed(client_id=user_id, invitation_id=invitation.id, email=invitation.email)
    )
    await remember(
        uow.session,
        scope=scope,
        request_id=request_id,
        answer={"user_id": str(user_id)},
        now=uow.now,
    )
    return Registered(user_id, is_repeat=False)


async def redeem_code(uow: UnitOfWork, code: str, *, telegram_id: int, name: str) -> str:
    """Use up a chat's one-time code; return a link to the registration, good for minutes.

    The link takes the place of the invitation's own, which nobody keeps; both stop working once
    one of them was used.

    Raises:
        Refused: unknown, used or expired; which of them is not said.
    """
    assert telegram_id > 0
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    found = await uow.session.execute(
        _REDEEM,
        {
            "code_hash": hash_token(code),
            "telegram_id": telegram_id,
            "ticket_hash": hash_token(ticket),
            "ticket_expires_at": uow.now + TICKET_LASTS,
            "now": uow.now,
        },
    )
    invitation_id = found.scalar_one_or_none()
    if invitation_id is None:
        raise Refused(CODE_NOT_GOOD)
    assert isinstance(invitation_id, UUID)
    uow.record(
        RegistrationCodeUsed(subject=invitation_id, telegram_id=telegram_id, telegram_name=name)
    )
    return f"{get_settings().public_url.rstrip('/')}{LINK_PATH}?token={ticket}"


async def _enter(
    uow: UnitOfWork, email: str, name: str, password_hash: str, terms_version: str
) -> UUID:
    await lock(uow.session, "person", email)
    if (await uow.session.execute(_IS_TAKEN, {"email": email})).scalar_one():
        raise Refused("Somebody with this address is registered already. Sign in instead.")
    user_id = new_id()
    uow.session.add(
        User(
            id=user_id,
            email=email,
            name=name,
            status=UserStatus.PENDING_VERIFICATION,
            risk_profile=RiskProfile.MEDIUM,
            roles=[Role.CUSTOMER.value],
            password_hash=password_hash,
            terms_version=terms_version,
            terms_agreed_at=uow.now,
        )
    )
    await uow.session.flush()
    uow.record(UserRegistered(client_id=user_id, email=email, roles=(Role.CUSTOMER.value,)))
    uow.record(TermsAgreed(client_id=user_id, version=terms_version))
    uow.touch("clients")
    return user_id


def _check_fields(name: str, terms_version: str) -> None:
    fields: dict[str, str] = {}
    if not name.strip() or len(name.strip()) > NAME_LENGTH_MAX:
        fields["name"] = f"Please give a name of at most {NAME_LENGTH_MAX} characters"
    if not terms_version:
        fields["terms"] = "Please read the terms and tick that you agree"
    if fields:
        raise Invalid(fields)
