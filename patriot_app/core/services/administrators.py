"""The first administrator: whoever opens the console of an empty installation first."""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core import passwords
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import UserRegistered
from patriot_app.core.domain.passwords import validate_password
from patriot_app.core.domain.permissions import WORKING_ROLES
from patriot_app.core.domain.users import RiskProfile, UserStatus, normalise_email
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.users import User
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork


async def create_first_administrator(
    uow: UnitOfWork, *, email: str, name: str, password: str
) -> UUID:
    """Create the one person who needs nobody's permission, with every role of those who act.

    Raises:
        Refused: somebody exists already; Invalid: e-mail, name or password is not acceptable.
    """
    address = normalise_email(email)
    if not name.strip():
        raise Invalid({"name": "Please give a name"})
    validate_password(password, email=address, is_staff=True)
    await lock(uow.session, "first_administrator", "")
    if (await uow.session.execute(text("SELECT EXISTS (SELECT 1 FROM users)"))).scalar_one():
        raise Refused("The first administrator exists already; ask him for an account")
    settings = get_settings()
    encoded = await passwords.hash_password(
        password,
        pepper=read_key(settings.session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE"),
        cost=passwords.Cost(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes),
    )
    roles = sorted(role.value for role in WORKING_ROLES)
    user_id = new_id()
    uow.session.add(
        User(
            id=user_id,
            email=address,
            name=name.strip(),
            status=UserStatus.ACTIVE,
            risk_profile=RiskProfile.LOW,
            roles=roles,
            password_hash=encoded,
            approved_at=uow.now,
        )
    )
    uow.record(UserRegistered(client_id=user_id, email=address, roles=tuple(roles)))
    uow.touch("clients")
    return user_id
