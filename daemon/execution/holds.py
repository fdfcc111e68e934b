"""Who may leave now, and who waits: what holds one exchange or address back holds no other.

A chunk is sent in one piece as long as nothing is in its way. Where an address must be silent or has
used its budget, where an exchange's clock is in doubt or its breaker is open, that part waits by
itself, at most until its orders' deadline.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.context import Context
from daemon.exchanges.breakers import Market
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import Address, Lane
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.sending import ReadyAttempt
from patriot_app.core.errors import ExchangeUnavailable

LOOK_AGAIN_S = 0.2
WAIT_S_MAX = 60.0
WITHOUT_DEADLINE_S = 10.0
"""How long an order waits that has no deadline: whoever sent it will try again."""
SLICES = (0.1, 0.3, 1.0)
"""Of the entries to an exchange that comes back: each slice leaves when its share is allowed."""
ORDER_WEIGHT = {Exchange.BINANCE: 0.0, Exchange.BYBIT: 1.0}
"""Of one order against its source address; Binance counts orders per account alone."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Attempts that leave together.

    Attributes:
        share: of the exchange's entries that must be allowed before these may go.
    """

    attempts: list[ReadyAttempt]
    share: float = 0.0


def split(context: Context, attempts: Sequence[ReadyAttempt], lane: Lane) -> list[Departure]:
    """Return what may leave at once as one departure, and one for each part that must wait."""
    now: list[ReadyAttempt] = []
    held: dict[Address, list[ReadyAttempt]] = {}
    for address, members in _by_address(context, attempts).items():
        if _is_free(context, address, lane, count=len(members)):
            now.extend(members)
        else:
            held[address] = members
    found = [Departure(now)] if now else []
    for address, members in held.items():
        found += _slices(context, address, members, lane)
    return found


async def clear(context: Context, departure: Departure, lane: Lane) -> None:
    """Wait until an exchange's clock is believed and, for entries, until it lets so many pass.

    Raises:
        ExchangeUnavailable: not before the deadline; says why.
    """
    markets = {(a.order.exchange, a.order.mode) for a in departure.attempts}
    until = context.clock.monotonic() + _patience_s(context, departure.attempts)
    while True:
        obstacles = [_obstacle(context, each, lane, departure) for each in sorted(markets)]
        why = next(filter(None, obstacles), "")
        if not why:
            return
        if context.clock.monotonic() + LOOK_AGAIN_S > until:
            raise ExchangeUnavailable(why, code="held_back")
        await context.clock.sleep(LOOK_AGAIN_S)


async def admit(context: Context, attempts: Sequence[ReadyAttempt], lane: Lane) -> None:
    """Wait for the rate limits.

    Raises:
        ExchangeUnavailable: they let nothing pass for too long.
    """
    by_exchange: dict[Exchange, list[AccountSession]] = {}
    for attempt in attempts:
        session = context.sessions[attempt.order.account_id]
        by_exchange.setdefault(session.exchange, []).append(session)
    for exchange, sessions in by_exchange.items():
        await context.gateway.throttle.admit(sessions, lane=lane, weight=ORDER_WEIGHT[exchange])


def _obstacle(context: Context, market: Market, lane: Lane, departure: Departure) -> str:
    exchange, mode = market
    gateway = context.gateway
    doubt = gateway.clocks.doubt(exchange, mode)
    if doubt:
        return f"The clock of {exchange.value} is in doubt: {doubt}"
    if lane is not Lane.ENTRY:
        return ""
    share = gateway.breakers.entries_share((exchange, mode))
    is_held = share <= 0 or share < departure.share
    return f"{exchange.value} does not answer; entries wait until it does" if is_held else ""


def _by_address(
    context: Context, attempts: Sequence[ReadyAttempt]
) -> dict[Address, list[ReadyAttempt]]:
    found: dict[Address, list[ReadyAttempt]] = {}
    for attempt in attempts:
        session = context.sessions.get(attempt.order.account_id)
        source = None if session is None else session.source_address
        key = (attempt.order.exchange, attempt.order.mode, source)
        found.setdefault(key, []).append(attempt)
    return found


def _is_free(context: Context, address: Address, lane: Lane, *, count: int) -> bool:
    exchange, mode, _ = address
    gateway = context.gateway
    return (
        not gateway.throttle.would_wait(address, lane, ORDER_WEIGHT[exchange] * count)
        and not gateway.clocks.doubt(exchange, mode)
        and (lane is not Lane.ENTRY or gateway.breakers.entries_share((exchange, mode)) >= 1)
    )


def _slices(
    context: Context, address: Address, members: list[ReadyAttempt], lane: Lane
) -> list[Departure]:
    """Return the members in one piece, or in slices where their exchange comes back."""
    if lane is not Lane.ENTRY or context.gateway.breakers.entries_share(address[:2]) >= 1:
        return [Departure(members)]
    found, start = [], 0
    for share in SLICES:
        end = min(len(members), max(start, math.ceil(len(members) * share)))
        if end > start:
            found.append(Departure(members[start:end], share))
        start = end
    return found


def _patience_s(context: Context, attempts: Sequence[ReadyAttempt]) -> float:
    deadlines = [a.order.deadline for a in attempts if a.order.deadline is not None]
    if not deadlines:
        return WITHOUT_DEADLINE_S
    left = (min(deadlines) - context.clock.now()).total_seconds()
    return min(max(left, 0.0), WAIT_S_MAX)
