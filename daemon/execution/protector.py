"""Every position whose strategy wants protection has a stop on the exchange (EXECUTION 2.10).

Bybit's stop comes with the entry and is only looked for; Binance's is an order of its own, placed
right after the first trade. What cannot be protected in time is closed at market.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from daemon.execution import attached_stops, cancels, emergency, leg_orders
from daemon.execution.emergency import LateLeg
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import AttemptState, Leg
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import (
    CancelLeg,
    LegState,
    LiveLeg,
    PlaceLeg,
    ReplaceLeg,
    WantedLeg,
    diff_legs,
    is_emergency_exit_due,
    protected_by,
    wanted_legs,
    would_trigger,
)
from patriot_app.core.services import attempts, guarded, orders, protection
from patriot_app.core.services.guarded import BookedLeg, GuardedPosition
from patriot_app.core.services.protection import LegOrder
from patriot_app.core.unit_of_work import begin

ATTACHED_GRACE = timedelta(seconds=3)
"""How long an attached stop may take to show before one of our own is placed."""
REFUSED_AGAIN_AFTER = timedelta(seconds=60)
"""A refused target is the desk's to watch until it is tried again."""


@dataclass(slots=True)
class _Work:
    """What is to be done for a chunk of accounts.

    Attributes:
        has_room: room was just made for a stop, so that it need not wait.
        place: legs without an order, with the position they guard.
        unsent: attempts that are recorded and were not sent, by a crash perhaps.
        end, void: legs that are not wanted any more, and their attempts that were never sent.
        look_at: Bybit positions whose attached stop was not seen yet.
        detach: attached stops that are in the way of the one that is wanted.
        covered: positions that opened under a stop that stood already and is the one they want.
        leave: positions that must be closed now, with the reason.
        late: legs that the exchange should have carried out.
    """

    has_room: bool = False
    place: list[tuple[GuardedPosition, UUID, WantedLeg]] = field(default_factory=list)
    unsent: list[UUID] = field(default_factory=list)
    cancel: list[UUID] = field(default_factory=list)
    end: list[UUID] = field(default_factory=list)
    void: list[UUID] = field(default_factory=list)
    look_at: list[GuardedPosition] = field(default_factory=list)
    detach: list[tuple[GuardedPosition, LiveLeg]] = field(default_factory=list)
    covered: list[GuardedPosition] = field(default_factory=list)
    leave: list[tuple[GuardedPosition, str]] = field(default_factory=list)
    late: list[LateLeg] = field(default_factory=list)


async def run(context: Context) -> None:
    """Guard every position of our shards."""
    shards = context.lease.ready
    if not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        accounts = await guarded.accounts_to_guard(uow, shards)
    size = context.settings.fan_out_chunk
    for start in range(0, len(accounts), size):
        await guard(context, accounts[start : start + size])


async def guard(context: Context, accounts: Iterable[UUID], *, makes_room: bool = True) -> None:
    """Bring the legs of some accounts to what their positions want; safe to call at any time.

    Args:
        makes_room: give up targets where the exchange takes no further stop.
    """
    ours = sorted(account for account in accounts if account in context.sessions)
    shards = context.lease.ready
    if not ours or not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.lock(uow, ours)
        found = await guarded.guarded(uow, shards, accounts=ours)
        work = _plan(context, found, has_room=not makes_room)
        new = [
            (leg_orders.order(context, p, wanted), p, leg, wanted) for p, leg, wanted in work.place
        ]
        ready = await orders.open_intents(
            uow, [order for order, *_ in new], instance_key=context.instance_key
        )
        await protection.link_legs(
            uow,
            [
                LegOrder(leg, p.account_id, p.symbol, wanted.leg, wanted.trigger_price, o.intent_id)
                for o, p, leg, wanted in new
            ],
        )
        await protection.mark_protected(uow, [(p.account_id, p.symbol) for p in work.covered])
        await protection.end_legs(uow, work.end, LegState.CANCELED)
        await orders.void_attempts(
            uow, work.void, owner=context.process, reason="The leg is not wanted any more"
        )
        left_over = await attempts.by_ids(uow, work.unsent)
        to_cancel = await attempts.by_ids(uow, work.cancel)
    refused = await leg_orders.send(context, [*ready, *(live.ready for live in left_over)])
    stops = [(order, p) for order, p, _, wanted in new if wanted.leg is Leg.STOP_LOSS]
    work.leave.extend(
        (position, "The stop would trigger at once")
        for order, position in stops
        if refused.get(order.intent_id) in leg_orders.TRIGGERS_AT_ONCE
    )
    await cancels.cancel(context, to_cancel)
    for position in work.look_at:
        await attached_stops.look(context, position)
    for position, attached in work.detach:
        await attached_stops.withdraw(context, position, attached)
    for position, reason in work.leave:
        await emergency.leave(context, position, reason)
    for late in work.late:
        await emergency.leave_late(context, late)
    full = {
        p.account_id for order, p in stops if refused.get(order.intent_id) in leg_orders.NO_ROOM
    }
    if full and makes_room and await leg_orders.make_room(context, full):
        await guard(context, full, makes_room=False)


def _plan(context: Context, positions: Sequence[GuardedPosition], *, has_room: bool) -> _Work:
    work = _Work(has_room=has_room)
    for position in positions:
        if position.quantity == 0:
            for each in (Leg.STOP_LOSS, Leg.TAKE_PROFIT):
                context.beyond.pop((position.account_id, position.symbol, each), None)
            for leg in position.legs:
                _withdraw(work, leg)
        else:
            _plan_open(context, position, work)
    return work


def _plan_open(context: Context, position: GuardedPosition, work: _Work) -> None:
    wanted = wanted_legs(
        quantity=position.quantity, stop=position.wanted_stop, target=position.wanted_target
    )
    mark = context.prices.get(position.exchange, position.mode, position.symbol)
    stop = next((each for each in wanted if each.leg is Leg.STOP_LOSS), None)
    if position.unprotected_since is not None and any(_covers(b, stop) for b in position.legs):
        work.covered.append(position)
    elif position.unprotected_since is not None and stop is not None:
        is_due = is_emergency_exit_due(
            position.unprotected_since,
            context.clock.now(),
            unprotected_s_max=int(context.settings.unprotected_s_max),
        )
        # A former stop that still stands is worth more than a hasty exit.
        if is_due and protected_by(position.quantity, [b.live for b in position.legs]) is None:
            work.leave.append((position, "No stop could be placed in time"))
            return
        if mark is not None and would_trigger(stop, mark.price):
            work.leave.append((position, "The stop would trigger at once"))
            return
    late = [emergency.late_leg(context, position, each, mark) for each in wanted]
    work.late.extend([each for each in late if each is not None][:1])
    _plan_legs(context, position, wanted, work)


def _plan_legs(
    context: Context, position: GuardedPosition, wanted: Sequence[WantedLeg], work: _Work
) -> None:
    booked = {leg.live.leg_id: leg for leg in position.legs}
    for each in wanted:
        leg = next((b for b in position.legs if _is_for(b, each)), None)
        if leg is not None:
            _place_booked(context, position, leg, each, work)
    for action in diff_legs(wanted, [leg.live for leg in position.legs]):
        match action:
            case PlaceLeg(wanted=new) if _may_place(context, position, new, work):
                work.place.append((position, context.ids(), new))
            case ReplaceLeg(wanted=new) if _may_place(context, position, new, work):
                # The old one is withdrawn when the books show the new one at the exchange.
                work.place.append((position, context.ids(), _sized(position, new)))
            case CancelLeg(old=old) if old.is_attached:
                if not attached_stops.is_outer(position, old):
                    work.detach.append((position, old))
            case CancelLeg(old=old):
                _withdraw(work, booked[old.leg_id])


def _may_place(context: Context, position: GuardedPosition, wanted: WantedLeg, work: _Work) -> bool:
    """Tell whether a leg is to be tried now: one that was just refused waits.

    A stop waits only while a former one stands.
    """
    refused_at = position.refused_at.get(wanted.leg)
    if refused_at is None or context.clock.now() - refused_at >= REFUSED_AGAIN_AFTER:
        return True
    if wanted.leg is not Leg.STOP_LOSS:
        return False
    return work.has_room or protected_by(position.quantity, [b.live for b in position.legs]) is None


def _place_booked(
    context: Context, position: GuardedPosition, leg: BookedLeg, wanted: WantedLeg, work: _Work
) -> None:
    """See that a leg of the books gets its order, or that its attached stop is there."""
    if leg.live.state is not LegState.WANTED:
        return
    if leg.attempt_state is AttemptState.CREATED and leg.attempt_id is not None:
        work.unsent.append(leg.attempt_id)
    elif leg.intent_id is None and _comes_attached(context, position, wanted):
        work.look_at.append(position)
    elif leg.intent_id is None:
        work.place.append((position, leg.live.leg_id, _sized(position, wanted, leg.live.leg_id)))


def _comes_attached(context: Context, position: GuardedPosition, wanted: WantedLeg) -> bool:
    """Tell whether a stop is still expected to have come with Bybit's entry."""
    since = position.unprotected_since
    return (
        position.carries_stop
        and wanted.leg is Leg.STOP_LOSS
        and since is not None
        and context.clock.now() - since < ATTACHED_GRACE
    )


def _sized(position: GuardedPosition, wanted: WantedLeg, own_id: UUID | None = None) -> WantedLeg:
    """Give a leg the position's quantity where another one that closes everything stands yet.

    Binance takes only one of those in a direction (-4130).
    """
    stands = any(
        leg.attempt_id is not None
        and leg.live.quantity is None
        and (leg.live.leg, leg.live.side) == (wanted.leg, wanted.side)
        and leg.live.leg_id != own_id
        for leg in position.legs
    )
    return replace(wanted, is_sized=stands and position.exchange is Exchange.BINANCE)


def _is_for(leg: BookedLeg, wanted: WantedLeg) -> bool:
    return leg.live.leg is wanted.leg and leg.live.trigger_price == wanted.trigger_price


def _covers(leg: BookedLeg, stop: WantedLeg | None) -> bool:
    """Tell whether a leg is the wanted stop, rests at the exchange and closes everything."""
    return (
        stop is not None
        and _is_for(leg, stop)
        and leg.live.side is stop.side
        and leg.live.quantity is None
        and leg.live.state is LegState.PLACED
        and leg.attempt_state is AttemptState.OPEN
    )


def _withdraw(work: _Work, leg: BookedLeg) -> None:
    if leg.attempt_id is None or leg.attempt_state is AttemptState.CREATED:
        work.end.append(leg.live.leg_id)
        if leg.attempt_id is not None:
            work.void.append(leg.attempt_id)
    else:
        work.cancel.append(leg.attempt_id)
