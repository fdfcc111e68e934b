"""Every position whose strategy wants protection has a stop on the exchange (EXECUTION 2.10).

Bybit's stop comes with the entry and is only looked for; Binance's is an order of its own, placed
right after the first trade. What cannot be protected in time is closed at market.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import exits, submitter
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import AttemptState, Leg, OrderType, Outcome
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import (
    CancelLeg,
    LegState,
    PlaceLeg,
    ReplaceLeg,
    WantedLeg,
    diff_legs,
    is_emergency_exit_due,
    protected_by,
    wanted_legs,
    would_trigger,
)
from patriot_app.core.domain.sending import NewOrder, ReadyAttempt
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import attempts, guarded, orders, protection
from patriot_app.core.services.guarded import BookedLeg, GuardedPosition
from patriot_app.core.services.protection import LegOrder
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

ATTACHED_GRACE = timedelta(seconds=3)
"""How long an attached stop may take to show before one of our own is placed."""
TRIGGERS_AT_ONCE = frozenset({"-2021", "-4142", "110092", "110093"})
_TYPES = {Leg.STOP_LOSS: OrderType.STOP_MARKET, Leg.TAKE_PROFIT: OrderType.TAKE_PROFIT_MARKET}


@dataclass(slots=True)
class _Work:
    """What is to be done for a chunk of accounts.

    Attributes:
        place: legs without an order, with the position they guard.
        unsent: attempts that are recorded and were not sent, by a crash perhaps.
        end, void: legs that are not wanted any more, and their attempts that were never sent.
        look_at: Bybit positions whose attached stop was not seen yet.
        leave: positions that must be closed now, with the reason.
    """

    place: list[tuple[GuardedPosition, UUID, WantedLeg]] = field(default_factory=list)
    unsent: list[UUID] = field(default_factory=list)
    cancel: list[UUID] = field(default_factory=list)
    end: list[UUID] = field(default_factory=list)
    void: list[UUID] = field(default_factory=list)
    look_at: list[GuardedPosition] = field(default_factory=list)
    leave: list[tuple[GuardedPosition, str]] = field(default_factory=list)


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


async def guard(context: Context, accounts: Iterable[UUID]) -> None:
    """Bring the legs of some accounts to what their positions want; safe to call at any time."""
    ours = sorted(account for account in accounts if account in context.sessions)
    shards = context.lease.ready
    if not ours or not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.lock(uow, ours)
        work = _plan(context, await guarded.guarded(uow, shards, accounts=ours))
        new = [(_order(context, p, wanted), p, leg, wanted) for p, leg, wanted in work.place]
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
        await protection.end_legs(uow, work.end, LegState.CANCELED)
        await orders.void_attempts(
            uow, work.void, owner=context.process, reason="The leg is not wanted any more"
        )
        left_over = await attempts.by_ids(uow, work.unsent)
        to_cancel = await attempts.by_ids(uow, work.cancel)
    refused = await _send(context, [*ready, *(live.ready for live in left_over)])
    work.leave.extend(
        (position, "The stop would trigger at once")
        for order, position, _, wanted in new
        if order.intent_id in refused and wanted.leg is Leg.STOP_LOSS
    )
    await exits.cancel(context, to_cancel)
    for position in work.look_at:
        await _look_for_attached(context, position)
    for position, reason in work.leave:
        await _leave(context, position, reason)


def _plan(context: Context, positions: Sequence[GuardedPosition]) -> _Work:
    work = _Work()
    for position in positions:
        if position.quantity == 0:
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
    if position.unprotected_since is not None and stop is not None:
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
    booked = {leg.live.leg_id: leg for leg in position.legs}
    for each in wanted:
        leg = next((b for b in position.legs if _is_for(b, each)), None)
        if leg is not None:
            _place_booked(context, position, leg, each, work)
    for action in diff_legs(wanted, [leg.live for leg in position.legs]):
        match action:
            case PlaceLeg(wanted=new):
                work.place.append((position, context.ids(), new))
            case ReplaceLeg(wanted=new):
                # The old one is withdrawn when the books show the new one at the exchange.
                work.place.append((position, context.ids(), _sized(position, new)))
            case CancelLeg(old=old):
                _withdraw(work, booked[old.leg_id])


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
        position.exchange is Exchange.BYBIT
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


def _withdraw(work: _Work, leg: BookedLeg) -> None:
    if leg.attempt_id is None or leg.attempt_state is AttemptState.CREATED:
        work.end.append(leg.live.leg_id)
        if leg.attempt_id is not None:
            work.void.append(leg.attempt_id)
    else:
        work.cancel.append(leg.attempt_id)


def _order(context: Context, position: GuardedPosition, wanted: WantedLeg) -> NewOrder:
    return NewOrder(
        intent_id=context.ids(),
        account_id=position.account_id,
        shard=position.shard,
        exchange=position.exchange,
        mode=position.mode,
        symbol=position.symbol,
        leg=wanted.leg,
        side=wanted.side,
        order_type=_TYPES[wanted.leg],
        quantity=wanted.quantity if wanted.is_sized else None,
        trigger_price=wanted.trigger_price,
        reduce_only=True,
        close_position=not wanted.is_sized,
        deployment_id=position.deployment_id,
    )


async def _send(context: Context, ready: Sequence[ReadyAttempt]) -> set[UUID]:
    """Send legs; return the intents whose trigger lies on the wrong side of the price."""
    if not ready:
        return set()
    sent = await submitter.send(context, ready, lane=Lane.EXIT, void_unsent=False)
    refused = set()
    for attempt in ready:
        result = sent.results.get(attempt.attempt_id)
        if result is not None and result.outcome is Outcome.REJECTED:
            log.warning(
                "leg_refused",
                extra={"client_order_id": attempt.client_order_id, "code": result.code},
            )
            if result.code in TRIGGERS_AT_ONCE:
                refused.add(attempt.order.intent_id)
    return refused


async def _look_for_attached(context: Context, position: GuardedPosition) -> None:
    """Ask Bybit whether the position carries its stop."""
    session = context.sessions[position.account_id]
    READ_LANE.set(Lane.EXIT)
    try:
        reports = await context.gateway.fetch_positions(session, symbol=position.symbol)
    except PatriotError as error:
        log.warning(
            "attached_stop_not_read",
            extra={"account_id": str(position.account_id), "error": str(error)},
        )
        return
    stops = [
        (position.account_id, report.symbol, report.stop_loss)
        for report in reports
        if report.stop_loss is not None
    ]
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.confirm_attached(uow, stops)


async def _leave(context: Context, position: GuardedPosition, reason: str) -> None:
    """Close a position that cannot be protected; asking again for the same one sends nothing."""
    since = position.unprotected_since
    log.error(
        "emergency_exit",
        extra={
            "account_id": str(position.account_id),
            "symbol": position.symbol,
            "reason": reason,
        },
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        guarded.record_unprotected(uow, position)
    minute = context.clock.now().replace(second=0, microsecond=0)
    cause = f"emergency|{since.isoformat() if since else ''}|{minute.isoformat()}"
    try:
        await exits.close_position(
            context, position.account_id, position.symbol, command_id=None, cause=cause
        )
    except PatriotError as error:
        log.error(
            "emergency_exit_failed",
            extra={"account_id": str(position.account_id), "error": str(error)},
        )
