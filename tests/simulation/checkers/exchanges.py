"""Manners towards exchanges and customers (T15, T19)."""

from typing import TYPE_CHECKING

from tests.simulation.checkers.findings import Findings

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_limits_of_exchanges(world: "World") -> Findings:
    """T15: no request during a silence asked for, and none beyond a limit. A case is a silence."""
    broken = [what for node in world.all_nodes for what in node.wire.broken]
    broken += [what for node in world.all_nodes for what in node.wire.refused]
    return Findings(sum(node.wire.silences for node in world.all_nodes), broken)


def check_foreign(world: "World") -> Findings:
    """T19: nothing of ours ever names an order that is not ours, or takes it for ours.

    A stop entry that was triggered is another order by then, which only its number names. A case
    is an order of a customer under an id like ours.
    """
    triggered = {
        number
        for (number,) in world.database.read(
            "SELECT triggered_order_id FROM attempts WHERE triggered_order_id IS NOT NULL"
        )
    }
    found = [
        f"{node.name}: cancel of {number or 'nothing'} at {at:.3f}"
        for node in world.all_nodes
        for at, number in node.wire.by_number
        if number not in triggered
    ]
    found += [
        f"{name} is a customer's own and was taken for ours"
        for (name,) in world.database.read(
            "SELECT subject FROM discrepancies WHERE kind = 'orphan_order'"
        )
        if name in world.history.forged
    ]
    return Findings(len(world.history.forged), found)
