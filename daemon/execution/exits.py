"""Leave positions and withdraw orders: by an operator's word, or because a stop cannot be placed.

An exit is reduce-only and takes its size from the exchange, so it can never open anything.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import reading, submitter
from daemon.execution.cancels import cancel
from patriot_app.core.db.sessions import use_reserve
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.instruments import round_quantity_down
from patriot_app.core.domain.orders import Leg, OrderType, Side
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import NewOrder
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import derived_id
from patriot_app.core.services import attempts, orders, positions
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

_ZERO = Decimal(0)
EXIT_TTL = timedelta(seconds=30)
EXITS_A_MINUTE_MAX = 12
"""The guard looks every five seconds: an exchange that refuses an exit is not asked more often."""


async def close_position(
    context: Context,
    account_id: UUID,
    symbol: str,
    *,
    command_id: UUID | None,
    cause: str,
    keep: Decimal = _ZERO,
) -> submitter.Sent | None:
    """Close what the exchange shows of a position; None if there is nothing to close.

    Args:
        keep: contract units that stay; what is beyond them is rounded down to a whole lot.
        command_id: of the operator; None for an emergency.
        cause: makes the exit of an emergency the same one when it is asked for again.

    Raises:
        NotFound: the account is not traded here.
        Refused: the contract is unknown.
        ExchangeError: the position could not be read.
    """
    session = _session(context, account_id)
    held = await held_at_exchange(context, session, symbol)
    if held == 0:
        # Who asks believes it is open: our books have not heard of its last trades.
        await reading.read_fills(context, session, symbol)
        return None
    instrument = context.instruments.get((session.exchange, symbol))
    if instrument is None:
        raise Refused(f"{symbol} on {session.exchange} is not known")
    beyond = max(abs(held) - keep, _ZERO)
    quantity = round_quantity_down(instrument, min(beyond, instrument.market_quantity_max))
    if keep and not quantity:
        return None
    async with begin(SYSTEM, clock=context.clock) as uow:
        order = market_exit(
            session,
            symbol,
            intent_id=derived_id("exit", command_id or cause, account_id, symbol),
            shard=await positions.shard_of(uow, account_id),
            side=Side.SELL if held > 0 else Side.BUY,
            quantity=quantity,
            command_id=command_id,
            deadline=context.clock.now() + EXIT_TTL,
        )
        ready = await orders.open_intents(uow, [order], instance_key=context.instance_key)
    return await submitter.send(context, ready, lane=Lane.EXIT) if ready else submitter.Sent()


def market_exit(
    session: AccountSession,
    symbol: str,
    *,
    intent_id: UUID,
    shard: int,
    side: Side,
    quantity: Decimal,
    deadline: datetime,
    command_id: UUID | None = None,
) -> NewOrder:
    """Return the order that closes so much of a position and can open nothing."""
    return NewOrder(
        intent_id=intent_id,
        account_id=session.account_id,
        shard=shard,
        exchange=session.exchange,
        mode=session.mode,
        symbol=symbol,
        leg=Leg.EXIT,
        side=side,
        order_type=OrderType.MARKET,
        quantity=quantity,
        reduce_only=True,
        command_id=command_id,
        deadline=deadline,
    )


async def leave_position(
    context: Context, account_id: UUID, symbol: str, *, cause: str
) -> submitter.Sent | None:
    """Close a position that must not stay; None if it is flat already.

    While an exit may still come through, asking again sends nothing, for a minute or two. Once it
    is known to have failed, or has left something over, the next one leaves.

    Raises:
        NotFound, Refused, ExchangeError: as `close_position`.
    """
    minute = context.clock.now().replace(second=0, microsecond=0)
    before, now = (
        {
            derived_id("exit", each, account_id, symbol): each
            for each in (f"{cause}|{at.isoformat()}|{n}" for n in range(EXITS_A_MINUTE_MAX))
        }
        for at in (minute - timedelta(minutes=1), minute)
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        ended = await orders.ended(uow, [*before, *now])
    following = [each for intent_id, each in now.items() if intent_id not in ended]
    if not following or not all(ended.values()):
        return submitter.Sent()
    return await close_position(context, account_id, symbol, command_id=None, cause=following[0])


async def flatten_account(
    context: Context, account_id: UUID, *, command_id: UUID | None, cause: str = ""
) -> dict[str, str]:
    """Cancel our entries and close every position of an account; return the outcome by symbol.

    Protective legs stay until their position is closed: they are swept then.
    """
    session = _session(context, account_id)
    async with begin(SYSTEM, clock=context.clock) as uow:
        working = await attempts.working(uow, account_id)
    entries = [live for live in working if not live.ready.order.leg.is_conditional]
    await cancel(context, entries, cause=WithdrawalCause.OPERATOR)
    outcome: dict[str, str] = {}
    for report in await context.gateway.fetch_positions(session):
        if report.quantity != 0:
            sent = await close_position(
                context, account_id, report.symbol, command_id=command_id, cause=cause
            )
            outcome[report.symbol] = describe(sent)
    return outcome


async def cancel_attempt(context: Context, attempt_id: UUID) -> str:
    """Cancel one of our working orders; return what became of it.

    Raises:
        NotFound: no such order.
    """
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await attempts.by_ids(uow, [attempt_id])
    if not found:
        raise NotFound(f"No order {attempt_id}")
    await cancel(context, found, cause=WithdrawalCause.OPERATOR)
    async with begin(SYSTEM, clock=context.clock) as uow:
        after = await attempts.by_ids(uow, [attempt_id])
    return after[0].state.value


def describe(sent: submitter.Sent | None) -> str:
    """Say in words what became of an exit."""
    if sent is None:
        return "already flat"
    if sent.unsent:
        return next(iter(sent.unsent.values())) or "another trader has taken over"
    states = {state.value for state in sent.states.values()}
    return ", ".join(sorted(states)) or "was sent already"


async def held_at_exchange(context: Context, session: AccountSession, symbol: str) -> Decimal:
    """Return what the exchange shows of a position, signed; read as an exit, before anything else."""
    READ_LANE.set(Lane.EXIT)
    use_reserve()
    reports = await context.gateway.fetch_positions(session, symbol=symbol)
    return sum((report.quantity for report in reports), Decimal(0))


def _session(context: Context, account_id: UUID) -> AccountSession:
    session = context.sessions.get(account_id)
    if session is None:
        raise NotFound(f"Account {account_id} has no opened key in this process")
    return session
