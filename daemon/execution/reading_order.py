"""Who is read anew first after a take-over, and what each address keeps free for it.

An address can read only so many accounts a minute. Every trader therefore keeps its background work so
low that a successor could read all its accounts at once: nobody knows when it is needed.

A shard is traded, its exits and stops too, once its accounts are read. So shards with something open
go first, and where what is left of the address's budget does not do for all, the others wait for them.
They wait for no other address, and not for ever: one account that cannot be read holds up nobody.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import Address, Lane
from patriot_app.core.domain.accounts import Exchange

READING_WEIGHT = {Exchange.BINANCE: 18.0, Exchange.BYBIT: 8.0}
"""What it costs an address to read an account anew that has one instrument open.

Binance: position mode 1, positions 5, wallet 5; of each such instrument two lists of orders, 1 each,
and a page of trades, 5 (https://developers.binance.com/docs/derivatives/usds-margined-futures).
"""
LET_PASS_S_MAX = 20.0
LET_PASS_STEP_S = 0.1


def keep_room(context: Context) -> None:
    """Keep of each address what reading the accounts anew takes that leave from it here."""
    accounts = Counter(_address_of(session) for session in context.sessions.values())
    context.gateway.throttle.keep_for_take_overs(
        {address: count * READING_WEIGHT[address[0]] for address, count in accounts.items()}
    )


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
    return first > 0 and context.gateway.throttle.would_wait(address, Lane.TAKE_OVER, weight)


def _address_of(session: AccountSession) -> Address:
    return (session.exchange, session.mode, session.source_address)
