"""Who is read anew first after a take-over: an address can read only so many accounts a minute.

A shard is traded, its exits and stops too, once its accounts are read. So shards with something open
go first, and where what is left of the address's budget does not do for all, the others wait for them.
They wait for no other address, and not for ever: one account that cannot be read holds up nobody.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import Address, Lane
from patriot_app.core.domain.accounts import Exchange

READING_WEIGHT = {Exchange.BINANCE: 95.0, Exchange.BYBIT: 8.0}
"""What it costs an address to read one account anew."""
LET_PASS_S_MAX = 20.0
LET_PASS_STEP_S = 0.1


@contextmanager
def going_first(context: Context, sessions: Iterable[AccountSession]) -> Iterator[None]:
    """Let those who have nothing open wait while these are read."""
    addresses = [_address_of(each) for each in sessions]
    context.going_first.update(addresses)
    try:
        yield
    finally:
        context.going_first.subtract(addresses)


async def let_pass(context: Context, session: AccountSession) -> None:
    """Wait while accounts of this one's address that have something open need its budget."""
    until = context.clock.monotonic() + LET_PASS_S_MAX
    while _is_needed(context, session) and context.clock.monotonic() < until:
        await context.clock.sleep(LET_PASS_STEP_S)


def _is_needed(context: Context, session: AccountSession) -> bool:
    address = _address_of(session)
    first = context.going_first[address]
    weight = (first + 1) * READING_WEIGHT[session.exchange]
    return first > 0 and context.gateway.throttle.would_wait(address, Lane.RESOLUTION, weight)


def _address_of(session: AccountSession) -> Address:
    return (session.exchange, session.mode, session.source_address)
