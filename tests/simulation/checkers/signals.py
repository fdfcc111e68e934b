"""Signals keep their order, an instrument has one entry that rests, slices their times (T20 to T22)."""

from typing import TYPE_CHECKING

from tests.simulation.checkers.findings import Findings

if TYPE_CHECKING:
    from tests.simulation.world import World

_CLOSED_TOO_EARLY = """
SELECT early.account_id, entry.client_order_id FROM sim.early_closes AS early
  JOIN public.attempts AS entry ON entry.id = early.attempt_id
 WHERE entry.filled_quantity > 0 ORDER BY 1, 2
"""
_RESTING = """
SELECT t.account_id, i.symbol, count(*) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
 WHERE t.state IN ('open', 'partially_filled') AND i.leg = 'entry'
 GROUP BY 1, 2 ORDER BY 1, 2
"""
_RESTED = "SELECT count(*) FROM intents WHERE leg = 'entry' AND order_type <> 'MARKET'"

_SLICES = "SELECT count(*) FROM intents WHERE slice > 1"
# What was marked just before the act committed may still leave; the acts say when they began.
_LATER_SLICES = """
SELECT t.client_order_id, i.slice,
       CASE WHEN t.sending_at < i.starts_at THEN 'before its time'
            WHEN EXISTS (SELECT 1 FROM halts AS h WHERE h.raised_at >= i.created_at
                            AND h.raised_at < t.sending_at - interval '2 seconds')
                THEN 'after a halt'
            WHEN EXISTS (SELECT 1 FROM signals AS n JOIN signals AS s ON s.id = i.signal_id
                          WHERE n.symbol = s.symbol AND n.created_at > s.created_at
                            AND n.created_at < t.sending_at - interval '2 seconds')
                THEN 'after a newer signal'
            WHEN EXISTS (SELECT 1 FROM intents AS x
                          WHERE x.account_id = i.account_id AND x.symbol = i.symbol
                            AND x.leg = 'exit' AND x.signal_id IS DISTINCT FROM i.signal_id
                            AND x.created_at >= i.created_at
                            AND x.created_at < t.sending_at - interval '2 seconds')
                THEN 'after an exit'
            WHEN EXISTS (SELECT 1 FROM intents AS e JOIN attempts AS o ON o.intent_id = e.id
                          WHERE e.signal_id = i.signal_id AND e.account_id = i.account_id
                            AND e.leg = 'entry' AND e.slice < i.slice
                            AND o.sending_at > t.sending_at)
                THEN 'before the slice ahead of it' END AS wrong
  FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
 WHERE i.slice > 1 AND t.sending_at IS NOT NULL ORDER BY 1
"""
_CUT = """
SELECT f.account_id, f.quantity, sum(i.quantity) FROM fan_out_accounts AS f
  JOIN intents AS i ON i.signal_id = f.signal_id AND i.account_id = f.account_id
 WHERE i.leg = 'entry' AND i.slice > 0
 GROUP BY f.signal_id, f.account_id, f.quantity HAVING sum(i.quantity) <> f.quantity
    OR count(*) <> max(i.slices) ORDER BY 1
"""


def check_order_of_legs(world: "World") -> Findings:
    """T20: a signal's exit waits for the entry before it: neither sent nor given up before that.

    Nor is an entry planned that a newer decision on the same account has overtaken. A case is an
    exit of a signal.
    """
    exits = [
        one
        for one in world.history.accepted
        if one.booked is not None and one.booked.leg == "exit" and one.booked.signal_id is not None
    ]
    found = [
        f"{one.client_order_id} closes while its entry is unresolved"
        for one in exits
        if one.booked is not None and one.booked.is_entry_open
    ]
    found += [
        f"{account}: the entry of {signal} was planned after a newer signal"
        for account, signal in world.database.read(
            "SELECT account_id, signal_id FROM sim.overtaken ORDER BY 1, 2"
        )
    ]
    found += [
        f"{account}: a close found nothing while {name} was unresolved"
        for account, name in world.database.read(_CLOSED_TOO_EARLY)
    ]
    return Findings(len(exits), found)


def check_entries(world: "World") -> Findings:
    """T21: an account has at most one entry that rests for an instrument.

    That each ends in time is part of coming to rest (T17). A case is an entry that may rest.
    """
    ((cases,),) = world.database.read(_RESTED)
    return Findings(
        cases,
        [
            f"{account} has {count} entries that rest for {symbol}"
            for account, symbol, count in world.database.read(_RESTING)
            if count > 1
        ],
    )


def check_slices(world: "World") -> Findings:
    """T22: slices make up the order, leave one after the other in their time, and outlive nothing.

    A case is a slice after the first.
    """
    ((cases,),) = world.database.read(_SLICES)
    found = [
        f"slice {number}, {name}, was sent {wrong}"
        for name, number, wrong in world.database.read(_LATER_SLICES)
        if wrong
    ]
    found += [
        f"{account}: slices make {total} of {quantity}"
        for account, quantity, total in world.database.read(_CUT)
    ]
    return Findings(cases, found)
