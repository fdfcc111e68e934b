"""Stop trading and let it go on. A halt binds at commit; what follows only clears up behind it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import halt_accounts
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.lockdowns import is_locked_down
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.events import HaltLifted, HaltLoweringProposed, HaltRaised
from patriot_app.core.domain.halts import (
    REACH_OF_SCOPE,
    STATE_OF_LEVEL,
    HaltLevel,
    HaltScope,
    TradingState,
    is_stricter,
    needs_two_people,
)
from patriot_app.core.domain.permissions import Permission, Reach, need_reach, needs_two_persons
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.risk import Halt
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

_EXISTS = {
    HaltScope.STRATEGY: text("SELECT EXISTS (SELECT 1 FROM strategies WHERE id = :id)"),
    HaltScope.CLIENT: text("SELECT EXISTS (SELECT 1 FROM users WHERE id = :id)"),
    HaltScope.ACCOUNT: text("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = :id)"),
}
_ACTIVE = text(
    "SELECT id, state, level FROM halts WHERE scope = :scope AND scope_id = :scope_id"
    " AND lifted_at IS NULL"
)
CONFIRM_WITHIN = timedelta(minutes=15)
"""A proposal that nobody confirmed in this time is void; the world has moved on."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A halt in force and how many accounts it clears up."""

    halt_id: UUID
    accounts: int


@dataclass(frozen=True, slots=True)
class Lowered:
    """Whether a halt was lowered or waits for a second person, and which is in force in its place;
    None: the scope may trade again.
    """

    is_done: bool
    halt_id: UUID | None


async def raise_halt(
    uow: UnitOfWork,
    *,
    scope: HaltScope,
    scope_id: str = "",
    level: HaltLevel = HaltLevel.CANCEL_ENTRIES,
    state: TradingState | None = None,
    reason: str,
    is_agreed: bool = False,
    keep: Decimal | None = None,
    is_told: bool = True,
) -> Raised:
    """Stop trading in a scope; a milder halt of the same scope is replaced.

    It binds at commit. From K2 on the daemons cancel the scope's working entries, at K3 they close
    its positions too, account by account; K4 lets nothing leave any more. Stops stay in every case.

    Args:
        scope_id: "" for the desk, the exchange's name, or an id as text.
        is_agreed: a second person approved closing everything.
        keep: share of each position that stays; K2 closes the rest.
        is_told: staff are notified; not where one message tells of many halts.
        state: what strategies may still do; None for what is usual at the level.

    Raises:
        Invalid: no reason or state; NotFound: no such scope; Refused: halted as far, or too far.
    """
    need_reach(uow.actor, Permission.HALT_RAISE, REACH_OF_SCOPE[scope])
    if level is HaltLevel.FLATTEN and not is_agreed:
        _need_flatten(uow, REACH_OF_SCOPE[scope])
    wanted = STATE_OF_LEVEL[level] if state is None else state
    await _check(uow, scope, scope_id, wanted, reason)
    await lock(uow.session, "halt", f"{scope}|{scope_id}")
    active = await uow.session.execute(_ACTIVE, {"scope": scope, "scope_id": scope_id})
    for row in active.all():
        standing = TradingState(row.state)
        reduces_more = keep is not None and row.level == level
        if not reduces_more and not is_stricter(level, wanted, than=(row.level, standing)):
            raise Refused(f"This {scope} is {row.state} already, at K{row.level}")
        await _lift(uow, row.id, reason=f"Replaced: {reason}", is_told=is_told)
        wanted = max(wanted, standing, key=lambda one: one.severity) if reduces_more else wanted
    return await _open(uow, scope, scope_id, level, wanted, reason, keep=keep, is_told=is_told)


async def lower_halt(
    uow: UnitOfWork,
    halt_id: UUID,
    *,
    to_level: HaltLevel | None = None,
    reason: str,
    is_told: bool = True,
) -> Lowered:
    """Lower a halt, or lift it; from K2 on the first person proposes and a second carries it out.

    On a desk of one person the proposer carries it out himself, which is marked in the record.

    Args:
        to_level: None lets the scope trade again, as far as no other halt covers it.

    Raises:
        Invalid: no reason; NotFound; Refused: lifted already, no milder level, his own proposal,
            or a scope beyond his reach.
    """
    need_reason(reason)
    halt = await get_for_update(uow.session, Halt, halt_id)
    need_reach(uow.actor, Permission.HALT_LIFT, REACH_OF_SCOPE[halt.scope])
    if halt.lifted_at is not None:
        raise Refused("This halt was lifted already")
    if halt.scope is HaltScope.ACCOUNT and await is_locked_down(uow.session, halt.scope_id):
        raise Refused("This account is locked down; restore it under Key health first")
    if to_level is not None and to_level >= halt.level:
        raise Refused(f"K{to_level} is not milder than K{halt.level}")
    wanted = 0 if to_level is None else int(to_level)
    is_solo = False
    if needs_two_people(halt.level):
        is_solo = get_settings().four_eyes == "off"
        if not is_solo and not _is_confirmation(uow, halt, wanted):
            _propose(uow, halt, wanted, reason)
            return Lowered(is_done=False, halt_id=halt_id)
    await _lift(uow, halt_id, reason=reason, is_solo=is_solo, is_told=is_told)
    uow.touch("halts", "risk")
    if to_level is None:
        return Lowered(is_done=True, halt_id=None)
    state = STATE_OF_LEVEL[to_level]
    opened = await _open(uow, halt.scope, halt.scope_id, to_level, state, reason)
    return Lowered(is_done=True, halt_id=opened.halt_id)


async def withdraw_proposal(uow: UnitOfWork, halt_id: UUID) -> None:
    """Take a proposal to lower a halt back; the halt stays as it is."""
    halt = await get_for_update(uow.session, Halt, halt_id)
    halt.lowering_to, halt.lowering_by, halt.lowering_at = None, None, None
    halt.lowering_reason = ""
    uow.touch("halts", "risk")


def _need_flatten(uow: UnitOfWork, reach: Reach) -> None:
    need_reach(uow.actor, Permission.FLATTEN, reach)
    if needs_two_persons(uow.actor, Permission.FLATTEN, reach):
        raise Refused("Closing everything here takes two persons: propose it")


def _is_confirmation(uow: UnitOfWork, halt: Halt, wanted: int) -> bool:
    """Tell whether another person proposed just this, lately."""
    if halt.lowering_to != wanted or halt.lowering_at is None:
        return False
    if uow.now - halt.lowering_at > CONFIRM_WITHIN:
        return False
    if uow.actor.user_id is None or halt.lowering_by == uow.actor.user_id:
        raise Refused("Another person must confirm what you proposed")
    return True


def _propose(uow: UnitOfWork, halt: Halt, wanted: int, reason: str) -> None:
    if uow.actor.user_id is None:
        raise Refused("Only a person can propose to lower a halt")
    halt.lowering_to, halt.lowering_by, halt.lowering_at = wanted, uow.actor.user_id, uow.now
    halt.lowering_reason = reason
    uow.record(
        HaltLoweringProposed(
            subject=halt.id,
            scope=halt.scope.value,
            scope_id=halt.scope_id,
            level=halt.level,
            to_level=wanted,
            reason=reason,
        )
    )
    uow.touch("halts", "risk")


async def _open(
    uow: UnitOfWork,
    scope: HaltScope,
    scope_id: str,
    level: HaltLevel,
    state: TradingState,
    reason: str,
    *,
    keep: Decimal | None = None,
    is_told: bool = True,
) -> Raised:
    halt_id = new_id()
    uow.session.add(
        Halt(
            id=halt_id,
            scope=scope,
            scope_id=scope_id,
            state=state,
            level=int(level),
            reason=reason,
            raised_by=uow.actor.user_id,
            raised_at=uow.now,
        )
    )
    uow.record(
        HaltRaised(
            subject=halt_id,
            scope=scope.value,
            scope_id=scope_id,
            state=state.value,
            level=int(level),
            reason=reason,
        ),
        is_told=is_told,
    )
    uow.touch("halts", "risk")
    await uow.session.flush()
    accounts = await halt_accounts.write(
        uow.session, halt_id, scope=scope, scope_id=scope_id, level=level, keep=keep
    )
    return Raised(halt_id, accounts)


async def _lift(
    uow: UnitOfWork, halt_id: UUID, *, reason: str, is_solo: bool = False, is_told: bool = True
) -> None:
    halt = await get_for_update(uow.session, Halt, halt_id)
    if halt.lifted_at is not None:
        raise Refused("This halt was lifted already")
    if halt.lowering_by == uow.actor.user_id and not is_solo:
        halt.lowering_to, halt.lowering_by, halt.lowering_at = None, None, None
    halt.lifted_at = uow.now
    halt.lifted_by = uow.actor.user_id
    halt.lift_reason = reason
    halt.is_solo = is_solo
    uow.record(
        HaltLifted(
            subject=halt_id,
            scope=halt.scope.value,
            scope_id=halt.scope_id,
            level=halt.level,
            reason=reason,
            is_solo=is_solo,
        ),
        is_told=is_told,
    )


async def _check(
    uow: UnitOfWork, scope: HaltScope, scope_id: str, state: TradingState, reason: str
) -> None:
    fields: dict[str, str] = {}
    if not reason.strip():
        fields["reason"] = "Please give a reason"
    if state is TradingState.ACTIVE:
        fields["state"] = "A halt makes a scope reducing or halted; lift it to trade again"
    if (scope is HaltScope.DESK) != (scope_id == ""):
        fields["scope_id"] = "Choose what to halt; only the desk has no name"
    if fields:
        raise Invalid(fields)
    if scope is HaltScope.EXCHANGE and scope_id not in set(Exchange):
        raise NotFound(f"There is no exchange {scope_id}")
    if scope in _EXISTS:
        try:
            identity = UUID(scope_id)
        except ValueError as error:
            raise NotFound(f"There is no {scope} {scope_id}") from error
        if not (await uow.session.execute(_EXISTS[scope], {"id": identity})).scalar_one():
            raise NotFound(f"There is no {scope} {scope_id}")
