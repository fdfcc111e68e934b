"""The fence: ownership, deadlines, halts and the database bind (T8, T12 to T14)."""

from typing import TYPE_CHECKING

from tests.simulation.checkers.findings import Findings
from tests.simulation.desk import SimAccount

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_owner(world: "World") -> Findings:
    """T8: nobody's order is accepted once a successor may trade the shard.

    Also what makes it so: nothing is marked but under a lease that lasts, and no successor is ready
    before its predecessor's last order is over. A case is a change of owner.
    """
    found = [
        f"{identity} was marked without a lease"
        for (identity,) in world.database.read("SELECT id FROM sim.moves WHERE NOT is_fenced")
    ]
    found += world.history.early
    found += [
        f"{one.client_order_id} of epoch {one.booked.epoch} was taken while {one.ready_epoch} owns"
        for one in world.history.accepted
        if one.booked is not None
        and one.booked.epoch is not None
        and one.booked.epoch < one.ready_epoch
    ]
    return Findings(world.history.owners_changed, found)


def check_deadlines(world: "World") -> Findings:
    """T12: nothing is accepted later than its deadline and what a request may take.

    A case is an order or a signal that was given up because its time was over.
    """
    ((cases,),) = world.database.read(
        "SELECT (SELECT count(*) FROM fan_out_accounts WHERE reason_code = 'SIGNAL_EXPIRED')"
        " + (SELECT count(*) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
        "     WHERE t.state = 'void' AND i.deadline IS NOT NULL)"
    )
    return Findings(
        cases,
        [
            f"{one.client_order_id} was taken {one.at - one.booked.deadline:.1f} s late"
            for one in world.history.accepted
            if one.booked is not None
            and one.booked.deadline is not None
            and one.at > one.booked.deadline + _request_s(world, one.account)
        ],
    )


def check_halts(world: "World") -> Findings:
    """T13: a halt binds: no entry is accepted once what was on its way is over.

    A case is an entry that a halt kept from being planned or sent.
    """
    ((cases,),) = world.database.read(
        "SELECT count(*) FROM fan_out_accounts"
        " WHERE reason_code IN ('HALT_ACTIVE', 'REDUCE_ONLY_ACTIVE')"
    )
    return Findings(
        cases,
        [
            f"{one.client_order_id} was taken {one.at - one.booked.halted_since:.1f} s into a halt"
            for one in world.history.accepted
            if one.booked is not None
            and one.booked.leg == "entry"
            and one.booked.halted_since is not None
            and one.at > one.booked.halted_since + _request_s(world, one.account)
        ],
    )


def check_database_needed(world: "World") -> Findings:
    """T14: no write leaves while the database is away, but what had passed the fence before.

    What was marked just before the outage may still leave, but only while enough of its receive
    window is left to be taken: after that it is not sent at all. A case is a transaction that an
    outage refused.
    """
    limit_s = (world.settings.receive_window_ms - world.settings.send_margin_ms) / 1000 + 0.1
    return Findings(
        world.troubles.refused,
        [
            f"{node.name}: {left.kind} left {left.at - left.database_down_since:.1f} s into an outage"
            for node in world.all_nodes
            for left in node.wire.departures
            if left.is_write
            and left.database_down_since is not None
            and left.at - left.database_down_since > limit_s
        ],
    )


def _request_s(world: "World", account: SimAccount) -> float:
    """Return how long after the fence a request may still be accepted at an exchange."""
    settings = world.settings
    delay_s = (
        settings.visibility_delay_bybit_s
        if account.exchange.value == "bybit"
        else settings.visibility_delay_binance_s
    )
    return (settings.receive_window_ms + settings.clock_skew_ms) / 1000 + delay_s
