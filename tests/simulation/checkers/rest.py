"""Trouble stays where it is, and ends (T16, T17)."""

from typing import TYPE_CHECKING

from tests.simulation.checkers.findings import Findings

if TYPE_CHECKING:
    from tests.simulation.world import World

LIVENESS_S_MAX = 60.0
CALM_ORDER_S_MAX = 1.0
_IN_DOUBT = frozenset({"created", "sending", "unknown", "absent", "quarantined"})
_SPANS = """
WITH spans AS (
    SELECT i.account_id::text AS account, a.exchange::text AS exchange, t.state,
           extract(epoch FROM greatest(t.created_at, i.starts_at))::float8 AS since,
           extract(epoch FROM coalesce(
               CASE WHEN i.order_type <> 'MARKET' THEN t.acknowledged_at END,
               t.resolved_at, clock_timestamp()))::float8 AS until
      FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
      JOIN accounts AS a ON a.id = i.account_id
     WHERE i.signal_id IS NOT NULL)
SELECT account, exchange, state, since, until FROM spans
"""


def check_blast_radius(world: "World") -> Findings:
    """T16: trouble with one account's requests delays no other account's orders.

    The others may lose nothing by it: no fault but the victim's excuses anything, so the limit is
    what an order takes in a calm world, with a new leverage and an exit before the entry. Only
    where an exchange tells the address off that all share, all have to be silent. A case is an
    order of theirs.
    """
    if not world.is_one_victim:
        return Findings(0)
    others = [row for row in world.database.read(_SPANS) if row[0] != str(world.victim_id)]
    found = []
    for account, exchange, state, since, until in others:
        seconds = until - since - _silent_s(world, exchange, since, until)
        if seconds > CALM_ORDER_S_MAX or state in _IN_DOUBT:
            found.append(f"{account}: {state} of a signal took {seconds:.1f} s")
    return Findings(len(others), found)


def _silent_s(world: "World", exchange: str, since: float, until: float) -> float:
    """Return for how long of a span of time an exchange had asked for silence."""
    asked = sorted(
        (max(begins, since), min(ends, until))
        for node in world.all_nodes
        for host, begins, ends in node.wire.silences
        if host == exchange
    )
    silent, reached = 0.0, since
    for begins, ends in asked:
        silent += max(ends - max(begins, reached), 0.0)
        reached = max(reached, ends)
    return silent


def check_rest(world: "World") -> Findings:
    """T17: once the faults stop, the world comes to rest by itself, and no worker has died."""
    found = [f"a worker died: {what}" for what in world.worker_deaths]
    found += [f"nobody caught: {what}" for what in world.unhandled]
    settled = world.settled_after_s
    if settled is None or settled > LIVENESS_S_MAX:
        found.append(
            f"the world did not come to rest within {LIVENESS_S_MAX:.0f} s: {world.unrest}"
        )
    return Findings(bool(world.chance.hits), found)


def check_errors(world: "World") -> Findings:
    """Nothing fails but by a fault of the world: no job, no worker, no request of a stream.

    A case is an error that a fault explains.
    """
    return Findings(world.errors.injected, sorted(set(world.errors.unexplained)))
