"""What the desk knows of a person, as he himself sees it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import reading

_OWN = text(
    """
    SELECT u.id, u.name, u.email, u.status, u.created_at, u.approved_at, u.risk_profile,
           u.risk_profile_wish, u.wish_justification, u.terms_version, u.terms_agreed_at,
           u.totp_box IS NOT NULL AS has_second_factor,
           (SELECT count(*) FROM recovery_codes AS r
             WHERE r.user_id = u.id AND r.used_at IS NULL) AS codes_left,
           (SELECT count(*) FROM sessions AS s
             WHERE s.user_id = u.id AND s.ended_at IS NULL AND s.expires_at > :now
               AND s.last_seen_at + make_interval(secs => s.idle_seconds) >= :now) AS sessions,
           (SELECT count(*) FROM api_keys AS k
             WHERE k.user_id = u.id AND k.revoked_at IS NULL AND k.expires_at > :now) AS api_keys,
           (SELECT c.email FROM email_changes AS c
             WHERE c.user_id = u.id AND c.used_at IS NULL AND c.expires_at > :now
             ORDER BY c.created_at DESC LIMIT 1) AS email_wished
      FROM users AS u WHERE u.id = :user_id
    """
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's own page.

    Attributes:
        risk_profile_wish: what he asked the desk for, None if nothing.
        codes_left: recovery codes that were not used.
        email_wished: an address that waits for its link to be opened, None if none.
    """

    id: UUID
    name: str
    email: str
    status: str
    created_at: datetime
    approved_at: datetime | None
    risk_profile: str
    risk_profile_wish: str | None
    wish_justification: str
    terms_version: str
    terms_agreed_at: datetime | None
    has_second_factor: bool
    codes_left: int
    sessions: int
    api_keys: int
    email_wished: str | None


async def own(actor: Actor, *, clock: Clock | None = None) -> Profile:
    """Return the actor's own profile.

    Raises:
        NotFound: the actor is no person.
    """
    now = (clock or SystemClock()).now()
    async with reading(actor) as session:
        row = (await session.execute(_OWN, {"user_id": actor.user_id, "now": now})).one_or_none()
    if row is None:
        raise NotFound("There is no such person")
    return Profile(*row)
