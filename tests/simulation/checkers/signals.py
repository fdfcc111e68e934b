"""Signals keep their order, and an instrument has one entry that rests (T20, T21)."""

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
