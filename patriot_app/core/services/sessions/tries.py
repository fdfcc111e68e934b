"""Count the tries to sign in, and let those wait who failed too often."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain import throttling
from patriot_app.core.domain.permissions import STAFF_ROLES, Role
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

PERSON = (
    "u.id, u.email, u.status, u.roles, u.password_hash, u.totp_box, u.totp_last_step,"
    " u.totp_locked_until, u.access_until"
)
_LOOK_UP = text(f"SELECT {PERSON} FROM users AS u WHERE lower(u.email) = :email")  # noqa: S608
_FAILURES_OF_PERSON = text(
    "SELECT at FROM sign_in_attempts WHERE subject = :subject AND ip = :ip AND NOT succeeded"
    " AND at > greatest(CAST(:since AS timestamptz),"
    " (SELECT max(at) FROM sign_in_attempts WHERE subject = :subject AND ip = :ip AND succeeded))"
    " ORDER BY at"
)
_FAILURES_OF_ADDRESS = text(
    "SELECT at FROM sign_in_attempts WHERE ip = :ip AND NOT succeeded AND at > :since ORDER BY at"
)
_FAILURES_FROM_ANYWHERE = text(
    "SELECT count(*) AS failures, max(at) AS newest FROM sign_in_attempts"
    " WHERE subject = :subject AND NOT succeeded AND at > :since"
)
_IS_FAMILIAR = text(
    "SELECT EXISTS (SELECT 1 FROM sessions AS s JOIN users AS u ON u.id = s.user_id"
    " WHERE lower(u.email) = :subject AND s.ip = :ip AND s.created_at > :familiar_since)"
)
_FAILURES_BEFORE = text(
    "SELECT count(*) FROM sign_in_attempts WHERE subject = :subject AND NOT succeeded AND id <> :id"
    " AND at > coalesce((SELECT max(at) FROM sign_in_attempts WHERE subject = :subject"
    " AND succeeded AND id <> :id), :since)"
)
_NOTE = text(
    "INSERT INTO sign_in_attempts (id, subject, ip, at, succeeded)"
    " VALUES (:id, :subject, :ip, :at, false)"
)
_SUCCEEDED = text("UPDATE sign_in_attempts SET succeeded = true WHERE id = :id")
_FORGET = text("DELETE FROM sign_in_attempts WHERE at < :before")
KEPT_FOR = 24 * throttling.WINDOW


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a try is about, as the database knows him."""

    id: UUID
    email: str
    status: str
    roles: list[str]
    password_hash: str | None = field(repr=False)
    totp_box: bytes | None = field(repr=False)
    totp_last_step: int | None
    totp_locked_until: datetime | None
    access_until: datetime | None

    @property
    def is_staff(self) -> bool:
        return any(Role(role) in STAFF_ROLES for role in self.roles)


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was counted; `person` is None where nobody has the address."""

    id: UUID
    subject: str
    ip: str
    person: Person | None
    now: datetime


async def note_try(uow: UnitOfWork, email: str, *, ip: str) -> Try:
    """Count a try before anything is checked, so that parallel guesses count too.

    Raises:
        Throttled: there were too many.
    """
    subject = email.strip().lower()[:254]
    await lock(uow.session, "sign_in", ip)
    wait = await _wait(uow, subject, ip=ip)
    if wait > timedelta(0):
        raise throttling.Throttled(wait)
    attempt_id = new_id()
    await uow.session.execute(
        _NOTE, {"id": attempt_id, "subject": subject, "ip": ip, "at": uow.now}
    )
    row = (await uow.session.execute(_LOOK_UP, {"email": subject})).one_or_none()
    return Try(attempt_id, subject, ip, Person(*row) if row else None, uow.now)


async def note_success(uow: UnitOfWork, tried: Try) -> int:
    """Note that a try was right; return how many failures preceded it since the last success."""
    bound = {"subject": tried.subject, "id": tried.id, "since": uow.now - KEPT_FOR}
    failures = (await uow.session.execute(_FAILURES_BEFORE, bound)).scalar_one()
    await uow.session.execute(_SUCCEEDED, {"id": tried.id})
    await uow.session.execute(_FORGET, {"before": uow.now - KEPT_FOR})
    return int(failures)


async def failures_within_window(uow: UnitOfWork, tried: Try) -> int:
    """Return how often somebody failed to be this person lately, from wherever."""
    bound = {"subject": tried.subject, "since": tried.now - throttling.WINDOW}
    return int((await uow.session.execute(_FAILURES_FROM_ANYWHERE, bound)).one().failures)


async def _wait(uow: UnitOfWork, subject: str, *, ip: str) -> timedelta:
    bound = {"subject": subject, "ip": ip, "since": uow.now - throttling.WINDOW}
    mine = list((await uow.session.execute(_FAILURES_OF_PERSON, bound)).scalars())
    address = list((await uow.session.execute(_FAILURES_OF_ADDRESS, bound)).scalars())
    anywhere = (await uow.session.execute(_FAILURES_FROM_ANYWHERE, bound)).one()
    bound["familiar_since"] = uow.now - throttling.FAMILIAR_FOR
    is_familiar = (await uow.session.execute(_IS_FAMILIAR, bound)).scalar_one()
    stranger = timedelta(0)
    if not is_familiar:
        stranger = throttling.wait_of_stranger(anywhere.failures, anywhere.newest, now=uow.now)
    return max(
        throttling.wait_of_person(mine, now=uow.now),
        throttling.wait_of_address(address, now=uow.now),
        stranger,
    )
