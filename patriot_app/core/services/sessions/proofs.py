"""Prove who one is: e-mail, password, code, and the place one comes from.

A proof is several short transactions and not one unit of work: the try is counted and committed
before the password is looked at, and no connection is held while a hash is computed. Every refusal
says the same and takes the same work, whether the person exists or not.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core import passwords
from patriot_app.core.clock import Clock
from patriot_app.core.db.second_factor_codes import Proof, use_code
from patriot_app.core.domain import events, throttling
from patriot_app.core.domain.network_addresses import may_come_from, parse_networks
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.users import may_sign_in
from patriot_app.core.errors import Refused
from patriot_app.core.services.sessions import tries
from patriot_app.core.services.sessions.tries import Person, Try
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork, begin

NOT_RIGHT = "E-mail, password or code is not right"
FAILURES_TOLD = 3
"""So many failures before a success are told to the person: it may not have been he."""
CODES_MAX = 5
FACTOR_LOCK = timedelta(minutes=15)
"""After so many wrong codes with the right password, the app's codes are not looked at so long;
recovery codes still are."""

_REHASH = text("UPDATE users SET password_hash = :encoded WHERE id = :id")
_CODE_WAS_WRONG = text(
    "UPDATE users SET totp_wrong = totp_wrong + 1 WHERE id = :id RETURNING totp_wrong"
)
_LOCK_FACTOR = text("UPDATE users SET totp_wrong = 0, totp_locked_until = :until WHERE id = :id")
_CODE_WAS_RIGHT = text(
    "UPDATE users SET totp_wrong = 0, totp_locked_until = NULL WHERE id = :id"
    " AND (totp_wrong <> 0 OR totp_locked_until IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Proved:
    """A person who has just proved who he is."""

    id: UUID
    is_staff: bool
    has_factor: bool


async def prove(
    email: str, password: str, *, totp: str, ip: str, clock: Clock | None = None
) -> Proved:
    """Return the person if e-mail, password and, if enrolled, code are right.

    Raises:
        Throttled: too many failures; Refused: not right, suspended, or not from here.
    """
    async with begin(VISITOR, clock=clock) as uow:
        tried = await tries.note_try(uow, email, ip=ip)
    person = tried.person
    encoded = None if person is None else person.password_hash
    cost, pepper = password_cost(), password_pepper()
    is_right = await passwords.check_password(encoded, password, pepper=pepper, cost=cost)
    fresh = ""
    if is_right and encoded is not None and passwords.needs_rehash(encoded, cost=cost):
        fresh = await passwords.hash_password(password, pepper=pepper, cost=cost)
    async with begin(VISITOR, clock=clock) as uow:
        problem = "not right" if person is None or not is_right else ""
        if person is not None and not problem:
            problem = await problem_of(uow, tried, person, totp)
        if person is not None and not problem:
            if fresh:
                await uow.session.execute(_REHASH, {"id": person.id, "encoded": fresh})
            return await record_success(uow, tried, person)
        await record_failure(uow, tried, problem)
    raise Refused(NOT_RIGHT)


def password_pepper() -> bytes:
    """Return what is mixed into passwords and tokens and is not in the database."""
    return read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")


def password_cost() -> passwords.Cost:
    """Return what one hash takes today."""
    settings = get_settings()
    return passwords.Cost(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)


async def problem_of(uow: UnitOfWork, tried: Try, person: Person, code: str) -> str:
    """Return why somebody who showed a first factor is not let in; "" if he is.

    Args:
        code: of his second factor; looked at only if he has set one up.
    """
    if not may_sign_in(person.status, person.roles):
        return "the person may not sign in"
    if person.access_until is not None and person.access_until <= uow.now:
        return "the auditor's time is over"
    allowed = parse_networks(get_settings().staff_addresses, field="PATRIOT_STAFF_ADDRESSES")
    if person.is_staff and not may_come_from(tried.ip, allowed):
        return "staff may not come from this address"
    return await _problem_of_code(uow, person, code)


async def record_success(uow: UnitOfWork, tried: Try, person: Person) -> Proved:
    """Note that the try was right; tell the person if many were not before it."""
    failures = await tries.note_success(uow, tried)
    if failures >= FAILURES_TOLD:
        uow.record(
            events.SignedInAfterFailures(client_id=person.id, failures=failures, ip=tried.ip)
        )
    return Proved(person.id, person.is_staff, person.totp_box is not None)


async def record_failure(uow: UnitOfWork, tried: Try, problem: str) -> None:
    """Note why a try failed."""
    failures = await tries.failures_within_window(uow, tried)
    reason = problem
    if failures >= throttling.ALARM_TRIES:
        reason = f"{problem}, {failures} times within an hour"
    subject = None if tried.person is None else tried.person.id
    uow.record(
        events.SignInFailed(email=tried.subject, ip=tried.ip, reason=reason, subject=subject)
    )


async def _problem_of_code(uow: UnitOfWork, person: Person, code: str) -> str:
    if person.totp_box is None:
        return ""
    is_locked = person.totp_locked_until is not None and uow.now < person.totp_locked_until
    proof = await use_code(
        uow.session,
        person.id,
        totp_box=person.totp_box,
        last_step=person.totp_last_step,
        code=code,
        now=uow.now,
        only_recovery=is_locked,
    )
    if proof is Proof.RECOVERY:
        uow.record(events.RecoveryCodeUsed(client_id=person.id))
    if proof is not Proof.WRONG:
        await uow.session.execute(_CODE_WAS_RIGHT, {"id": person.id})
        return ""
    if is_locked:
        return "the second factor is locked"
    if code.strip():
        wrong = (await uow.session.execute(_CODE_WAS_WRONG, {"id": person.id})).scalar_one()
        if wrong >= CODES_MAX:
            until = uow.now + FACTOR_LOCK
            await uow.session.execute(_LOCK_FACTOR, {"id": person.id, "until": until})
            uow.record(events.SecondFactorLocked(client_id=person.id, until=until))
    return "the code is not right"
