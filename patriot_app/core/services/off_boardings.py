"""Off-board a client: each step is one transaction that says how far it came.

What other services do within a step (suspend, halt, end mandates, revoke keys) is composed with it in
the same unit of work by the console, so that a step is done whole or not at all.
"""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.notify import HALTS, notify
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import TRANSITIONS as ACCOUNT_TRANSITIONS
from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.events import (
    AccountStatusChanged,
    HaltLifted,
    OffBoardingAdvanced,
    UserStatusChanged,
)
from patriot_app.core.domain.off_boarding import TRANSITIONS, OffBoardingState
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState
from patriot_app.core.domain.transitions import advance, prior_states
from patriot_app.core.domain.users import TRANSITIONS as USER_TRANSITIONS
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.off_boardings import OffBoarding
from patriot_app.core.schema.users import User
from patriot_app.core.unit_of_work import UnitOfWork

_S = OffBoardingState
GONE = "The client was off-boarded"
_LIVE_ORDERS = in_list(WORKING | IN_FLIGHT | {AttemptState.CREATED})
_IS_OURS = (
    "EXISTS (SELECT 1 FROM intents AS i WHERE i.account_id = p.account_id AND i.symbol = p.symbol)"
)
_OPEN = text(
    "SELECT id FROM off_boardings WHERE client_id = :client_id"
    " AND state NOT IN ('closed', 'abandoned')"
)
_LEFT = text(
    f"""
    SELECT (SELECT count(*) FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
             WHERE a.client_id = :client_id AND p.quantity <> 0 AND {_IS_OURS}) AS ours,
           (SELECT count(*) FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
             WHERE a.client_id = :client_id AND NOT {_IS_OURS}
               AND (p.quantity <> 0 OR coalesce(p.exchange_quantity, 0) <> 0)) AS rest,
           (SELECT count(*) FROM attempts AS t JOIN accounts AS a ON a.id = t.account_id
             WHERE a.client_id = :client_id AND t.state IN ({_LIVE_ORDERS})) AS orders
    """  # noqa: S608
)
_UNFINISHED = text(
    "SELECT count(*) FROM halt_accounts WHERE halt_id = :halt_id AND state <> 'done'"
)
_RUNNING_MANDATES = text(
    "SELECT count(*) FROM mandates WHERE client_id = :client_id AND ends_at IS NULL"
)
_KEYS = text(
    "SELECT count(*) FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id"
    " WHERE a.client_id = :client_id AND c.status NOT IN ('revoked', 'rejected')"
)
_DISABLE = text(
    "UPDATE accounts AS a SET status = 'disabled', status_reason = :reason,"
    " suspended_with_client = false FROM accounts AS former"
    " WHERE former.id = a.id AND a.client_id = :client_id AND a.status = ANY(:prior)"
    " RETURNING a.id, former.status"
)
_END_SESSIONS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :client_id AND ended_at IS NULL"
)
_LIFT = text(
    "UPDATE halts SET lifted_at = :now, lifted_by = :by, lift_reason = :reason,"
    " lowering_to = NULL, lowering_by = NULL, lowering_at = NULL WHERE scope = 'client'"
    " AND scope_id = :client_id AND lifted_at IS NULL RETURNING id, level"
)
_HALTED = text(
    "SELECT id FROM halts WHERE scope = 'client' AND scope_id = :client_id"
    " AND lifted_at IS NULL AND level = 3"
)


async def begin(uow: UnitOfWork, client_id: UUID, *, reason: str) -> tuple[UUID, bool]:
    """Begin the way out; the client must be suspended with it.

    Returns:
        The off-boarding, and whether the client is still active.

    Raises:
        Invalid: no reason; Refused: closed, never approved, or on his way out already.
    """
    need_reason(reason)
    client = await get_for_update(uow.session, User, client_id)
    if client.status is UserStatus.CLOSED:
        raise Refused(f"{client.name} is closed already")
    if client.status is UserStatus.PENDING_VERIFICATION:
        raise Refused(f"{client.name} was never approved; refuse the registration instead")
    if (await uow.session.execute(_OPEN, {"client_id": client_id})).first() is not None:
        raise Refused(f"{client.name} is being off-boarded already; go on there")
    off_boarding_id = new_id()
    uow.session.add(
        OffBoarding(
            id=off_boarding_id,
            client_id=client_id,
            state=_S.STOPPED,
            reason=reason.strip(),
            changed_at=uow.now,
        )
    )
    await uow.session.flush()
    _tell(uow, client_id, off_boarding_id, before="", after=_S.STOPPED, detail=reason.strip())
    return off_boarding_id, client.status is UserStatus.ACTIVE


async def needs_closing(uow: UnitOfWork, off_boarding_id: UUID) -> tuple[UUID, bool, UUID | None]:
    """Return the client, whether the desk has anything open for him, and a halt that closes it.

    Raises:
        NotFound; Refused: this step was taken.
    """
    row = await need_step(uow, off_boarding_id, _S.STOPPED)
    left = (await uow.session.execute(_LEFT, {"client_id": row.client_id})).one()
    bound = {"client_id": str(row.client_id)}
    halt_id = (await uow.session.execute(_HALTED, bound)).scalar_one_or_none()
    return row.client_id, bool(left.ours or left.orders), halt_id


async def note_flattening(uow: UnitOfWork, off_boarding_id: UUID, *, halt_id: UUID | None) -> None:
    """Note that what the desk opened is being closed, by which halt."""
    row = await need_step(uow, off_boarding_id, _S.STOPPED)
    row.halt_id = halt_id
    detail = "Nothing is open" if halt_id is None else "Closing what the desk opened"
    _advance(uow, row, _S.FLATTENING, detail)


async def confirm_flat(uow: UnitOfWork, off_boarding_id: UUID, *, leaves_rest: bool) -> None:
    """Go on once nothing of the desk's is open.

    Args:
        leaves_rest: what the desk did not open stays with the client.

    Raises:
        NotFound; Refused: something of ours is open, or of his and nobody said what becomes of it.
    """
    row = await need_step(uow, off_boarding_id, _S.FLATTENING)
    left = (await uow.session.execute(_LEFT, {"client_id": row.client_id})).one()
    if left.ours or left.orders:
        raise Refused(
            f"{left.ours} positions and {left.orders} orders of the desk are still open;"
            " wait, or see the kill switch page for what failed"
        )
    unfinished = (await uow.session.execute(_UNFINISHED, {"halt_id": row.halt_id})).scalar_one()
    if unfinished:
        raise Refused(f"{unfinished} accounts are not cleared up yet, as their exchange shows them")
    if left.rest and not leaves_rest:
        raise Refused(
            f"{left.rest} positions were not opened by the desk. Let the client close them, or"
            " choose to leave them to him"
        )
    row.leaves_rest = bool(left.rest)
    detail = f"{left.rest} positions of his own stay with him" if left.rest else "Nothing is open"
    _advance(uow, row, _S.FLAT, detail)


async def confirm_settled(uow: UnitOfWork, off_boarding_id: UUID) -> None:
    """Go on once every mandate has ended: the last period of each is billed as usual.

    Raises:
        NotFound; Refused: a mandate is in force, or this step was taken.
    """
    await uow.session.flush()
    row = await need_step(uow, off_boarding_id, _S.FLAT)
    bound = {"client_id": row.client_id}
    running = (await uow.session.execute(_RUNNING_MANDATES, bound)).scalar_one()
    if running:
        raise Refused(f"{running} mandates are still in force")
    _advance(uow, row, _S.SETTLED, "Mandates ended; their last period is closed with the month")


async def confirm_revoked(uow: UnitOfWork, off_boarding_id: UUID) -> None:
    """Go on once every key is destroyed; the accounts are disabled.

    Raises:
        NotFound; Refused: a key is in use, or this step was taken.
    """
    row = await need_step(uow, off_boarding_id, _S.SETTLED)
    keys = (await uow.session.execute(_KEYS, {"client_id": row.client_id})).scalar_one()
    if keys:
        raise Refused(f"{keys} keys are still kept")
    prior = [state.value for state in prior_states(ACCOUNT_TRANSITIONS, AccountStatus.DISABLED)]
    disabled = await uow.session.execute(
        _DISABLE, {"client_id": row.client_id, "reason": GONE, "prior": prior}
    )
    for account in disabled:
        uow.record(
            AccountStatusChanged(
                account_id=account.id,
                previous=account.status,
                status=AccountStatus.DISABLED.value,
                reason=GONE,
            )
        )
    uow.touch("accounts")
    _advance(uow, row, _S.REVOKED, "Keys destroyed, accounts disabled")


async def close(uow: UnitOfWork, off_boarding_id: UUID) -> None:
    """End the relationship: sessions end, the halt is lifted, the client is closed for good.

    Raises:
        NotFound; Refused: an earlier step is missing.
    """
    row = await need_step(uow, off_boarding_id, _S.REVOKED)
    client = await get_for_update(uow.session, User, row.client_id)
    previous = client.status
    client.status = advance(USER_TRANSITIONS, previous, UserStatus.CLOSED)
    client.status_reason = row.reason
    uow.record(
        UserStatusChanged(
            client_id=row.client_id,
            previous=previous.value,
            status=UserStatus.CLOSED.value,
            reason=row.reason,
        )
    )
    bound = {"client_id": row.client_id, "now": uow.now}
    await uow.session.execute(_END_SESSIONS, bound)
    await _lift_halts(uow, row.client_id)
    _advance(uow, row, _S.CLOSED, "The relationship is over")


async def abandon(uow: UnitOfWork, off_boarding_id: UUID, *, reason: str) -> None:
    """Give the way out up, before anything final was done; the client stays suspended.

    Raises:
        Invalid: no reason; NotFound; IllegalTransition: too late.
    """
    need_reason(reason)
    row = await get_for_update(uow.session, OffBoarding, off_boarding_id)
    _advance(uow, row, _S.ABANDONED, reason.strip())


async def _lift_halts(uow: UnitOfWork, client_id: UUID) -> None:
    """Lift what stands over a client who has nothing left to trade with."""
    bound = {"client_id": str(client_id), "now": uow.now, "by": uow.actor.user_id}
    lifted = await uow.session.execute(_LIFT, {**bound, "reason": GONE})
    for halt in lifted.all():
        uow.record(
            HaltLifted(
                subject=halt.id,
                scope="client",
                scope_id=str(client_id),
                level=halt.level,
                reason=GONE,
            )
        )
        await notify(uow.session, HALTS)
    uow.touch("halts", "risk")


async def need_step(uow: UnitOfWork, off_boarding_id: UUID, state: OffBoardingState) -> OffBoarding:
    """Return the off-boarding, locked, if this is the step that it is at.

    Raises:
        NotFound; Refused: it is at another step.
    """
    row = await get_for_update(uow.session, OffBoarding, off_boarding_id)
    if row.state is not state:
        raise Refused(f"This step was taken already, or is not due: the client is {row.state}")
    return row


def _advance(uow: UnitOfWork, row: OffBoarding, state: OffBoardingState, detail: str) -> None:
    before = row.state
    row.state = advance(TRANSITIONS, before, state)
    row.changed_at = uow.now
    _tell(uow, row.client_id, row.id, before=before.value, after=state, detail=detail)


def _tell(
    uow: UnitOfWork,
    client_id: UUID,
    off_boarding_id: UUID,
    *,
    before: str,
    after: OffBoardingState,
    detail: str,
) -> None:
    uow.record(
        OffBoardingAdvanced(
            client_id=client_id,
            off_boarding_id=off_boarding_id,
            step=after.value,
            step_before=before,
            detail=detail,
        )
    )
    uow.touch("clients")
