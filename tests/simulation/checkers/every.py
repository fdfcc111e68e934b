"""What must hold in every world: the exchanges' ground truth against the books.

Names are those of the invariants (T1 to T23, the books' own, and errors). Each check tells what contradicts
its invariant, in words that lead to the order, and how often the world came to its point at all: a
check that never has a case proves nothing, and the report says so.
"""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.checkers import books, exchanges, fence, orders, protection, rest, signals
from tests.simulation.checkers.findings import Findings

if TYPE_CHECKING:
    from tests.simulation.world import World

CHECKERS: dict[str, Callable[["World"], Findings]] = {
    "T1": orders.check_once,
    "T2": orders.check_ids,
    "T3": orders.check_written_ahead,
    "T4": books.check_fills,
    "T5": books.check_positions,
    "T6": orders.check_resolved,
    "T7": orders.check_honest,
    "T8": fence.check_owner,
    "T9": protection.check_protected,
    "T10": protection.check_limits,
    "T11": protection.check_exits,
    "T12": fence.check_deadlines,
    "T13": fence.check_halts,
    "T14": fence.check_database_needed,
    "T15": exchanges.check_limits_of_exchanges,
    "T16": rest.check_blast_radius,
    "T17": rest.check_rest,
    "T18": orders.check_moves,
    "T19": exchanges.check_foreign,
    "T20": signals.check_order_of_legs,
    "T21": signals.check_entries,
    "T22": signals.check_slices,
    "T23": exchanges.check_closed,
    "books": books.check_books,
    "errors": rest.check_errors,
}


def check(world: "World") -> tuple[list[str], Counter[str]]:
    """Return every violation, each beginning with the name of its invariant, and the cases."""
    found: list[str] = []
    cases: Counter[str] = Counter()
    for name, checker in CHECKERS.items():
        findings = checker(world)
        cases[name] = findings.cases
        found += [f"{name} {what}" for what in findings.violations]
    return found, cases
