"""Whether a person has set up a second factor, and whether the desk may do without."""

from dataclasses import dataclass

from sqlalchemy import text

from patriot_app.core.domain.permissions import SYSTEM, Actor
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries.reader import reading
from patriot_app.core.settings import get_settings

_OWN = text(
    "SELECT u.email, u.totp_box IS NOT NULL, (SELECT count(*) FROM recovery_codes AS r"
    " WHERE r.user_id = u.id AND r.used_at IS NULL) FROM users AS u WHERE u.id = :user_id"
)
_LIVE = text("SELECT count(*) FROM accounts WHERE mode = 'live' AND status <> 'disabled'")


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


async def check_real_money() -> None:
    """See that nobody of the staff works with real money without a second factor.

    Raises:
        Refused: one is only offered here, and accounts are live.
    """
    if get_settings().must_staff_enrol:
        return
    async with reading(SYSTEM) as session:
        live = (await session.execute(_LIVE)).scalar_one()
    if live:
        raise Refused(
            f"{live} live accounts are open, and the staff may work here without a second factor."
            " Remove PATRIOT_STAFF_SECOND_FACTOR=offered (and --demo) and start again"
        )
