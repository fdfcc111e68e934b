"""Change the price or quantity of an entry that rests: recorded, sent at most once, then looked at.

Whatever the exchange answers, its picture of the order decides: one that shows the new price and
quantity was changed. One that shows the old ones may still be changed until the request is too old
to be accepted, and visible if it had been; only then the amendment is absent. An order that its
exchange changes no more is replaced (`replacements`).
"""

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.outcomes import AMEND_UNSUPPORTED
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import amendment_terms, identities, kill_file, reading, replacements
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.amendments import Amendment, AmendmentState, verdict_on
from patriot_app.core.domain.orders import WORKING, Outcome, WriteResult
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports, LiveAttempt
from patriot_app.core.errors import ExchangeError, NotFound, Refused
from patriot_app.core.ids import derived_id
from patriot_app.core.services import amendments, attempts
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

AMEND_WEIGHT = {Exchange.BINANCE: 1.0, Exchange.BYBIT: 1.0}
LOOK_AGAIN_S = (0.5, 1.0, 2.0, 4.0)
"""Before each further look at a change just sent: Bybit acknowledges it before it shows it."""
S = AmendmentState


async def amend(
    context: Context,
    attempt_id: UUID,
    *,
    price: Decimal | None,
    quantity: Decimal | None,
    command_id: UUID,
) -> AmendmentState:
    """Change one resting entry; asked for again by the same command it is the same change.

    Args:
        price, quantity: None stays; without a quantity it follows the price, so that the money at
            risk does not grow.

    Raises:
        NotFound: no such order, or no opened key here; Refused: it cannot be changed now.
        Invalid: by field.
    """
    amendment_id = derived_id("amendment", command_id, attempt_id)
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await attempts.by_ids(uow, [attempt_id])
        known = await amendments.load(uow, amendment_id)
    if not found:
        raise NotFound(f"No order {attempt_id}")
    live = found[0]
    session = context.sessions.get(live.ready.order.account_id)
    if session is None:
        raise NotFound(f"Account {live.ready.order.account_id} has no opened key in this process")
    if known is None:
        wanted = replace(
            amendment_terms.wanted(context, live, price=price, quantity=quantity),
            amendment_id=amendment_id,
        )
        async with begin(SYSTEM, clock=context.clock) as uow:
            known = await amendments.open_amendment(uow, wanted, command_id=command_id)
    state = known.state
    if state is S.CREATED:
        state = await _send(context, session, live, known)
    elif state in {S.SENDING, S.UNKNOWN}:
        state = await _look(context, session, live, known)
    if state is S.REPLACING:
        return await replacements.carry_out(context, known.amendment_id)
    return state


async def is_any_open(context: Context) -> bool:
    """Tell whether a change of our shards is not settled yet; there hardly ever is one."""
    shards = context.lease.ready
    if not shards:
        return False
    async with begin(SYSTEM, clock=context.clock) as uow:
        return await amendments.is_any_live(uow, shards)


async def resolve_open(context: Context) -> None:
    """Settle what earlier requests left open, of our shards; a process may have died over them."""
    shards = context.lease.ready
    if not shards:
        return
    stuck = timedelta(seconds=3 * context.settings.http_timeout_s)
    async with begin(SYSTEM, clock=context.clock) as uow:
        open_now = await amendments.live(uow, shards, before=context.clock.now() - stuck)
        found = await attempts.by_ids(uow, {each.attempt_id for each in open_now})
    by_id = {live.ready.attempt_id: live for live in found}
    for each in open_now:
        session = context.sessions.get(each.account_id)
        if each.state is S.REPLACING:
            continue
        if each.state is S.CREATED:
            await _settle(context, each, S.VOID, evidence="It was not sent in time")
        elif session is not None:
            try:
                await _look(context, session, by_id[each.attempt_id], each)
            except ExchangeError as error:
                log.warning("amendment_look_up_failed", extra={"error": str(error)})


async def _send(
    context: Context, session: AccountSession, live: LiveAttempt, amendment: Amendment
) -> AmendmentState:
    order, gateway = live.ready.order, context.gateway
    epoch = context.lease.epoch(order.shard)
    if epoch is None or kill_file.is_stopped(context):
        raise Refused("Another trader has taken over, or everything is stopped; try again")
    await gateway.throttle.admit(
        [session], lane=Lane.ENTRY, weight=AMEND_WEIGHT[session.exchange], orders=1
    )
    timestamp_ms = gateway.timestamp_ms(order.exchange, order.mode)
    window_ms = context.settings.receive_window_ms
    async with begin(SYSTEM, clock=context.clock) as uow:
        may = await amendments.mark_sending(
            uow,
            amendment.amendment_id,
            owner=context.process,
            epoch=epoch,
            timestamp_ms=timestamp_ms,
            receive_window_ms=window_ms,
            state=S.REPLACING if order.is_conditional else S.SENDING,
        )
    if not may:
        evidence = "A halt forbids it, the order ended, or another trader has taken over"
        await _settle(context, amendment, S.VOID, evidence=evidence)
        return S.VOID
    if order.is_conditional:
        # Binance changes no order that waits for its trigger; both are treated alike.
        return S.REPLACING
    sent = replace(
        amendment, state=S.SENDING, timestamp_ms=timestamp_ms, receive_window_ms=window_ms
    )
    result = await gateway.amend(
        session,
        identities.identity_of(live),
        side=order.side,
        price=sent.price,
        quantity=sent.quantity,
        timestamp_ms=timestamp_ms,
        receive_window_ms=window_ms,
    )
    return await _look_again(context, session, live, sent, result=result)


async def _look_again(
    context: Context,
    session: AccountSession,
    live: LiveAttempt,
    sent: Amendment,
    *,
    result: WriteResult,
) -> AmendmentState:
    """Look until the change is proved or refuted, a few times; what stays open is looked at later."""
    state = await _look(context, session, live, sent, result=result)
    unknown = replace(sent, state=S.UNKNOWN)
    for pause_s in LOOK_AGAIN_S:
        if state is not S.UNKNOWN:
            break
        await context.clock.sleep(pause_s)
        try:
            state = await _look(context, session, live, unknown, result=result)
        except ExchangeError as error:
            log.warning("amendment_look_up_failed", extra={"error": str(error)})
    return state


async def _look(
    context: Context,
    session: AccountSession,
    live: LiveAttempt,
    amendment: Amendment,
    *,
    result: WriteResult | None = None,
) -> AmendmentState:
    """Read the order and settle what its picture proves; a refusal of the list proves the rest."""
    code = "" if result is None else result.code
    evidence = "" if result is None else result.evidence
    if amendment.state is S.SENDING:
        await _settle(context, amendment, S.UNKNOWN, code=code, evidence=evidence)
    is_refused = result is not None and result.outcome is Outcome.REJECTED
    READ_LANE.set(Lane.EXIT)
    is_over = is_refused or _is_over(context, live, amendment)
    report = await context.gateway.fetch_order(session, identities.identity_of(live))
    if report is None:
        return S.UNKNOWN
    await reading.record(context, [AccountReports(session.account_id, reports=(report,))])
    if report.filled_quantity > 0:
        await reading.read_fills(context, session, live.ready.order.symbol)
    state = verdict_on(amendment, report, is_over=is_over)
    if state is None:
        return S.UNKNOWN
    if state is S.ABSENT and is_refused:
        can_replace = report.state in WORKING and code in AMEND_UNSUPPORTED[session.exchange.value]
        state = S.REPLACING if can_replace else S.REJECTED
    await _settle(context, amendment, state, code=code, evidence=evidence)
    return state


async def _settle(
    context: Context,
    amendment: Amendment,
    state: AmendmentState,
    *,
    code: str = "",
    evidence: str = "",
) -> None:
    async with begin(SYSTEM, clock=context.clock) as uow:
        await amendments.settle(uow, amendment.amendment_id, state, code=code, evidence=evidence)


def _is_over(context: Context, live: LiveAttempt, amendment: Amendment) -> bool:
    """Tell whether the exchange can no longer accept the request, and would show it if it had."""
    order, settings = live.ready.order, context.settings
    if amendment.timestamp_ms is None or amendment.receive_window_ms is None:
        return False
    delay_s = (
        settings.visibility_delay_binance_s
        if order.exchange is Exchange.BINANCE
        else settings.visibility_delay_bybit_s
    )
    horizon_ms = (
        amendment.timestamp_ms
        + amendment.receive_window_ms
        + settings.clock_skew_ms
        + int(delay_s * 1000)
    )
    return context.gateway.timestamp_ms(order.exchange, order.mode) > horizon_ms
