"""Coming to rest: how a world waits for it once all faults have stopped, and what still disturbs it."""

import asyncio
from typing import TYPE_CHECKING

from daemon.execution import bookkeeping
from tests.simulation.desk import ACCOUNTS

if TYPE_CHECKING:
    from tests.simulation.world import World

QUIET_S_MAX = 75.0
"""At most this long the world may take to come to rest once all faults have stopped."""
SETTLED_FOR_S = 3.0


async def tie_out(world: "World") -> None:
    """Read every ledger to its end once more: it must explain the wallet to the last digit."""
    for account in ACCOUNTS:
        node = world.owner_of(account.shard)
        session = None if node is None else node.context.sessions.get(account.id)
        if node is None or session is None:
            continue
        difference = await bookkeeping.ingest(node.context, session)
        if difference != 0:
            world.untied.append(f"{account.exchange.value} {account.id}: {difference}")


async def settle(world: "World") -> None:
    """Wait until the world has come to rest and stays there."""
    began, rests_since = world.loop.now, None
    while world.loop.now - began < QUIET_S_MAX:
        await asyncio.sleep(1.0)
        world.unrest = (
            _motion(world) or world.history.unrest() or _unguarded(world) or _commanded(world)
        )
        if world.unrest:
            rests_since = None
            continue
        rests_since = rests_since or world.loop.now
        if world.loop.now - rests_since >= SETTLED_FOR_S:
            world.settled_after_s = rests_since - began
            return


def _motion(world: "World") -> str:
    """Return what may still act although the books are quiet."""
    if any(node.is_stopped for node in world.nodes.values()):
        return "a node stands still and will go on"
    return "orders are on their way" if world.writes_under_way else ""


def _unguarded(world: "World") -> str:
    """Return the positions whose stop the books do not know yet: one may have opened just now."""
    rows = world.database.read(
        "SELECT position.account_id::text FROM positions AS position"
        " JOIN account_states AS state USING (account_id)"
        " WHERE position.quantity <> 0 AND position.unprotected_since IS NOT NULL"
        " AND state.parked_reason = '' ORDER BY 1"
    )
    return f"no stop in the books of {[row[0] for row in rows]}" if rows else ""


def _commanded(world: "World") -> str:
    """Return how much the desk was told that nobody has carried out: its trader may have died."""
    rows = world.database.read(
        "SELECT count(*) FROM commands WHERE status IN ('pending', 'claimed')"
    )
    return f"{rows[0][0]} commands wait" if rows[0][0] else ""
