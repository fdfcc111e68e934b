"""Whether a person has set up a second factor."""

from dataclasses import dataclass

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import reading

_OWN = text(
    "SELECT u.email, u.totp_box IS NOT NULL, (SELECT count(*) FROM recovery_codes AS r"
    " WHERE r.user_id = u.id AND r.used_at IS NULL) FROM users AS u WHERE u.id = :user_id"
)


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A person's second factor; `codes_left` counts the recovery codes that were not used."""

    email: str
    is_enrolled: bool
    codes_left: int


async def own(actor: Actor) -> SecondFactor:
    """Return the actor's own second factor.

    Raises:
        NotFound: the actor is no person.
    """
    async with reading(actor) as session:
        row = (await session.execute(_OWN, {"user_id": actor.user_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such person")
    return SecondFactor(*row)
