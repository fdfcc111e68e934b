"""Orders: taken once, recorded before, ended honestly (T1 to T3, T6, T7, T18)."""

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from patriot_app.core.domain.orders import ATTEMPT_TRANSITIONS, AttemptState
from tests.simulation.checkers.findings import Findings
from tests.simulation.desk import ACCOUNTS

if TYPE_CHECKING:
    from tests.simulation.world import World

_NOT_SENT = frozenset({"created", "void"})
_DISPROVED = frozenset({"absent", "rejected"})


def check_once(world: "World") -> Findings:
    """T1: an intent has at most one accepted order over all its attempts.

    A case is an intent that more than one order was recorded for.
    """
    taken = Counter(
        one.booked.intent_id for one in world.history.accepted if one.booked is not None
    )
    ((several,),) = world.database.read(
        "SELECT count(*) FROM (SELECT 1 FROM attempts GROUP BY intent_id HAVING count(*) > 1) AS t"
    )
    return Findings(
        several,
        [f"intent {intent} has {count} orders" for intent, count in taken.items() if count > 1],
    )


def check_ids(world: "World") -> Findings:
    """T2: no client order id is accepted twice. A case is an accepted order."""
    taken = Counter(one.client_order_id for one in world.history.accepted)
    return Findings(
        len(taken),
        [f"{name} was accepted {count} times" for name, count in taken.items() if count > 1],
    )


def check_written_ahead(world: "World") -> Findings:
    """T3: every order of ours was committed as SENDING before the exchange took it."""
    found = []
    for one in world.history.accepted:
        if one.booked is None:
            found.append(f"{one.client_order_id} is not in the books")
        elif one.booked.state in _NOT_SENT or one.booked.sending_at is None:
            found.append(f"{one.client_order_id} was taken while {one.booked.state}")
    return Findings(len(world.history.accepted), found)


def check_resolved(world: "World") -> Findings:
    """T6: nothing is undecided after the quiet; what is held back has told somebody.

    What was planned after the rest, while the nodes were ending, is decided by whoever comes next.
    A case is an order that was of unknown outcome for a while.
    """
    found = [
        f"{name} is still {state}"
        for name, state, created in world.database.read(
            "SELECT client_order_id, state, extract(epoch FROM created_at)::float8 FROM attempts"
            " WHERE state IN ('created', 'sending', 'unknown')"
        )
        if created <= world.judged_at
    ]
    silent = world.database.read(
        "SELECT client_order_id FROM attempts AS attempt WHERE state = 'quarantined'"
        " AND NOT EXISTS (SELECT 1 FROM events WHERE type = 'OrderQuarantined'"
        "                  AND subject_id = attempt.intent_id)"
    )
    ((unknown,),) = world.database.read(
        "SELECT count(DISTINCT id) FROM sim.moves WHERE after = 'unknown'"
    )
    return Findings(
        unknown, found + [f"{row[0]} is quarantined and nobody was told" for row in silent]
    )


def check_honest(world: "World") -> Findings:
    """T7: what ended in our books ended so at the exchange.

    A case is an order that our books call absent, rejected or never sent.
    """
    found = []
    cases = 0
    filled = _filled_quantities(world)
    for name, state, quantity in world.database.read(
        "SELECT client_order_id, state, filled_quantity FROM attempts"
    ):
        true = filled.get(name, Decimal(0))
        is_over = state in {"void"} | _DISPROVED
        cases += is_over
        if (is_over or state == "created") and true:
            found.append(f"{name} is {state} and filled {true}")
        if state == "filled" and quantity != true:
            found.append(f"{name} filled {true}, in the books {quantity}")
        if state == "late_filled" and name not in world.history.filled_late:
            found.append(f"{name} filled after it had been ended in the books")
    for one in world.history.accepted:
        if one.booked is not None and one.booked.state in _DISPROVED:
            found.append(f"{one.client_order_id} was taken after it was {one.booked.state}")
    return Findings(cases, found)


def check_moves(world: "World") -> Findings:
    """T18: attempts walk their table; what filled never shrinks. A case is a step."""
    found = []
    moves = world.database.read(
        "SELECT id, before, after, filled_before, filled_after FROM sim.moves"
    )
    for identity, before, after, filled, grown in moves:
        allowed = ATTEMPT_TRANSITIONS[AttemptState(before)]
        if before != after and AttemptState(after) not in allowed:
            found.append(f"{identity} went from {before} to {after}")
        if grown < filled:
            found.append(f"{identity} had filled {filled} and then {grown}")
    return Findings(len(moves), found)


def _filled_quantities(world: "World") -> dict[str, Decimal]:
    filled: dict[str, Decimal] = {}
    for account in ACCOUNTS:
        truth = world.history.truth(account)
        for trade in truth.trades:
            order = truth.orders[trade.order_id]
            parent = truth.conditionals.get(order.conditional_id or -1)
            name = order.client_order_id if parent is None else parent.request.order.client_order_id
            filled[name] = filled.get(name, Decimal(0)) + trade.quantity
    return filled
