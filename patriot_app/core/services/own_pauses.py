"""A client pauses his own account and lets it trade again; what the desk has stopped he cannot start."""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accounts import TRANSITIONS, AccountStatus
from patriot_app.core.domain.events import AccountStatusChanged
from patriot_app.core.domain.permissions import Permission, Reach, need_reach
from patriot_app.core.domain.transitions import advance
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.schema.accounts import Account
from patriot_app.core.unit_of_work import UnitOfWork

_STANDING = text("SELECT status FROM users WHERE id = :user_id")

PAUSED = "Paused by the client"
RESUMED = "Resumed by the client"


async def pause(uow: UnitOfWork, account_id: UUID) -> str:
    """Open nothing more on the actor's own account, exits and stops go on; return its label.

    Raises:
        NotFound: not his; Refused: it does not trade now.
    """
    account = await _own(uow, account_id)
    if account.status is not AccountStatus.ACTIVE:
        raise Refused(f"{account.label} is {account.status.value} already")
    account.paused_by_client = True
    _change(uow, account, AccountStatus.SUSPENDED, reason=PAUSED)
    return account.label


async def resume(uow: UnitOfWork, account_id: UUID) -> str:
    """Let the actor's own account trade again after his pause; return its label.

    Raises:
        NotFound: not his; Refused: it is not paused, or the desk stopped it.
    """
    account = await _own(uow, account_id)
    if not account.paused_by_client:
        raise Refused(f"{account.label} was not paused by you; ask the desk about it")
    standing = await uow.session.execute(_STANDING, {"user_id": account.client_id})
    if standing.scalar_one() != UserStatus.ACTIVE:
        raise Refused("The desk has not admitted you, or has suspended you; ask it for help")
    account.paused_by_client = False
    _change(uow, account, AccountStatus.ACTIVE, reason=RESUMED)
    return account.label


async def _own(uow: UnitOfWork, account_id: UUID) -> Account:
    need_reach(uow.actor, Permission.OWN_ACCOUNT_PAUSE, Reach.OWN)
    account = await get_for_update(uow.session, Account, account_id)
    if account.client_id != uow.actor.user_id:
        raise NotFound("There is no such account of yours")
    return account


def _change(uow: UnitOfWork, account: Account, status: AccountStatus, *, reason: str) -> None:
    previous = account.status
    account.status = advance(TRANSITIONS, previous, status)
    account.status_reason = "" if status is AccountStatus.ACTIVE else reason
    uow.record(
        AccountStatusChanged(
            account_id=account.id, previous=previous.value, status=status.value, reason=reason
        )
    )
    uow.touch("accounts")
