"""Deliberate bugs in what a signal is made into."""

from patriot_app.core.domain import intents
from patriot_app.core.services import newer_signals
from tests.simulation.mutants.edits import Edit, Mutant
from tests.simulation.profiles import LATE_PLANS, QUICK_TURNS

MUTANTS: dict[str, Mutant] = {
    "entry_after_its_close": Mutant(
        "an entry is planned although the close that followed it has been",
        (Edit(newer_signals, "_OVERTAKEN", "this.action <> :close OR", "false OR"),),
        shows=frozenset({"T20"}),
        profile=LATE_PLANS,
        seed=0,
    ),
    "close_before_open_is_known": Mutant(
        "an exit does not wait for the entry before it",
        (
            Edit(
                intents,
                "cannot_trade",
                "if target.has_order_in_flight:",
                "if False:",
            ),
        ),
        shows=frozenset({"T20"}),
        profile=QUICK_TURNS,
        seed=4,
    ),
}
