"""Risk profiles: a client wishes, the desk decides, and each says why."""

from uuid import UUID

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_justification
from patriot_app.core.domain.events import RiskProfileChanged, RiskProfileWished
from patriot_app.core.domain.users import RiskProfile, UserStatus
from patriot_app.core.errors import Refused
from patriot_app.core.schema.users import User
from patriot_app.core.unit_of_work import UnitOfWork


async def change(
    uow: UnitOfWork, user_id: UUID, *, profile: RiskProfile, justification: str
) -> None:
    """Set a client's risk profile; a wish of his own is settled by it.

    Raises:
        Invalid: no justification; Refused: he has that profile already and wished for no other.
    """
    need_justification(justification)
    user = await get_for_update(uow.session, User, user_id)
    previous = user.risk_profile
    if previous is profile and user.risk_profile_wish is None:
        raise Refused(f"{user.name} has this risk profile already")
    user.risk_profile = profile
    user.risk_profile_wish, user.wish_justification = None, ""
    uow.record(
        RiskProfileChanged(
            client_id=user_id,
            risk_profile=profile.value,
            risk_profile_before=previous.value,
            justification=justification.strip(),
        )
    )
    uow.touch("clients")


async def wish(uow: UnitOfWork, user_id: UUID, *, profile: RiskProfile, justification: str) -> None:
    """Note that a client wishes for another risk profile; the desk decides.

    Raises:
        Invalid: no justification; Refused: he has it already, or is not admitted.
    """
    need_justification(justification)
    user = await get_for_update(uow.session, User, user_id)
    if user.status is not UserStatus.ACTIVE:
        raise Refused("Only an active client may ask for another risk profile")
    if user.risk_profile is profile:
        raise Refused("This is your risk profile already")
    user.risk_profile_wish, user.wish_justification = profile, justification.strip()
    uow.record(
        RiskProfileWished(
            client_id=user_id, profile=profile.value, justification=justification.strip()
        )
    )
    uow.touch("clients")
