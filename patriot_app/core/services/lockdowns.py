"""Lock accounts down, keep what people find out, and end it by their decision."""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import AccountLockedDown, LockdownEnded, LockdownNoted
from patriot_app.core.domain.lockdowns import TITLES, TRANSITIONS, Alarm, LockdownState
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.lockdowns import Lockdown, LockdownNote
from patriot_app.core.unit_of_work import UnitOfWork

NOTE_MAX = 4000
_OPEN = text(
    "INSERT INTO lockdowns (id, account_id, rule, facts, state, opened_at)"
    " VALUES (:id, :account_id, :rule, :facts, 'open', :now)"
    " ON CONFLICT (account_id) WHERE state = 'open' DO NOTHING RETURNING id"
)
_KEY = text(
    "SELECT id, status FROM credentials WHERE account_id = :id"
    " AND status IN ('verified', 'quarantined')"
)
_HELD = text("SELECT count(*) FROM positions WHERE account_id = :id AND quantity <> 0")
_HALT = text(
    "SELECT id FROM halts WHERE scope = 'account' AND scope_id = :id AND lifted_at IS NULL"
)


async def lock_down(uow: UnitOfWork, account_id: UUID, alarm: Alarm) -> UUID | None:
    """Open a lockdown; the caller raises the halt that binds it, in the same transaction.

    Returns:
        None if the account is locked down already.
    """
    bound = {
        "id": new_id(),
        "account_id": account_id,
        "rule": alarm.rule.value,
        "facts": alarm.facts,
        "now": uow.now,
    }
    opened: UUID | None = (await uow.session.execute(_OPEN, bound)).scalar_one_or_none()
    if opened is None:
        return None
    uow.record(
        AccountLockedDown(
            account_id=account_id,
            subject=opened,
            rule=alarm.rule.value,
            title=TITLES[alarm.rule],
            facts=alarm.facts,
        )
    )
    uow.touch("accounts")
    return opened


async def add_note(uow: UnitOfWork, lockdown_id: UUID, *, note: str) -> None:
    """Write down what somebody found out.

    Raises:
        NotFound; Refused: it is over; Invalid: empty or too long.
    """
    said = note.strip()
    if not said or len(said) > NOTE_MAX:
        raise Invalid({"note": f"Please write 1 to {NOTE_MAX} characters"})
    lockdown = await get_for_update(uow.session, Lockdown, lockdown_id)
    if lockdown.state is not LockdownState.OPEN:
        raise Refused("This lockdown is over; its record stays as it is")
    uow.session.add(
        LockdownNote(id=new_id(), lockdown_id=lockdown_id, written_by=uow.actor.user_id, note=said)
    )
    uow.record(LockdownNoted(account_id=lockdown.account_id, subject=lockdown_id, note=said))
    uow.touch("accounts")


async def restore(uow: UnitOfWork, lockdown_id: UUID, *, reason: str) -> UUID | None:
    """Decide that the account is in order; the caller lowers the halt that bound it.

    Returns:
        The halt of the account that is still in force.

    Raises:
        NotFound; Invalid: no reason; IllegalTransition: it is over.
    """
    lockdown = await _end(uow, lockdown_id, LockdownState.RESTORED, reason)
    halt: UUID | None = (
        await uow.session.execute(_HALT, {"id": str(lockdown.account_id)})
    ).scalar_one_or_none()
    return halt


async def terminate(uow: UnitOfWork, lockdown_id: UUID, *, reason: str) -> UUID | None:
    """Decide that the account ends; the caller revokes its key. Its halt stays.

    Returns:
        The key to revoke; None if there is none left.

    Raises:
        NotFound; Invalid: no reason; IllegalTransition: it is over; Refused: positions are open
            that the key could still close.
    """
    lockdown = await _end(uow, lockdown_id, LockdownState.TERMINATED, reason)
    bound = {"id": lockdown.account_id}
    key = (await uow.session.execute(_KEY, bound)).one_or_none()
    held = (await uow.session.execute(_HELD, bound)).scalar_one()
    if held and key is not None and key.status == "verified":
        raise Refused(f"{held} positions are open; close them before the key is destroyed")
    return None if key is None else UUID(str(key.id))


async def _end(uow: UnitOfWork, lockdown_id: UUID, state: LockdownState, reason: str) -> Lockdown:
    need_reason(reason)
    lockdown = await get_for_update(uow.session, Lockdown, lockdown_id)
    lockdown.state = advance(TRANSITIONS, lockdown.state, state)
    lockdown.closed_at, lockdown.closed_by = uow.now, uow.actor.user_id
    lockdown.resolution = reason
    uow.record(
        LockdownEnded(
            account_id=lockdown.account_id,
            subject=lockdown_id,
            rule=lockdown.rule.value,
            state=state.value,
            reason=reason,
        )
    )
    uow.touch("accounts")
    await uow.session.flush()
    return lockdown
