"""Manners towards exchanges and customers (T15, T19, T23)."""

from typing import TYPE_CHECKING

from tests.simulation.checkers.findings import Findings

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_limits_of_exchanges(world: "World") -> Findings:
    """T15: no request during a silence asked for, and none beyond a limit. A case is a silence."""
    broken = [what for node in world.all_nodes for what in node.wire.broken]
    broken += [what for node in world.all_nodes for what in node.wire.refused]
    return Findings(sum(len(node.wire.silences) for node in world.all_nodes), broken)


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


def check_closed(world: "World") -> Findings:
    """T23: nothing is marked for an exchange in maintenance, and nothing opens shortly before it.

    What was marked just before may still leave, while enough of its receive window is left. The
    leverage passes no fence and is not meant. A case is a window that the desk knew before.
    """
    if world.maintenance is None:
        return Findings(0)
    settings = world.settings
    leaves_s = (settings.receive_window_ms - settings.send_margin_ms) / 1000 + 0.1
    found = []
    for window in world.maintenance.windows:
        found += [
            f"{node.name}: {left.kind} left {left.at - window.since:.1f} s after {left.host} closed"
            for node in world.all_nodes
            for left in node.wire.departures
            if left.host == window.exchange.value
            and left.is_write
            and left.kind != "leverage"
            and window.nothing_from + leaves_s < left.at < window.until
        ]
        found += [
            f"{one.client_order_id} was marked {window.since - one.booked.sending_at:.1f} s before"
            f" {window.exchange.value} closed"
            for one in world.history.accepted
            if one.account.exchange is window.exchange
            and one.booked is not None
            and one.booked.leg == "entry"
            and one.booked.sending_at is not None
            and max(window.told_at, window.no_entries_from) < one.booked.sending_at < window.since
        ]
    return Findings(len(world.maintenance.windows), found)
