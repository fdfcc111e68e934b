"""Deliberate bugs in the guard of positions."""

from daemon.execution import protector, stop_audit
from tests.simulation.mutants.edits import Edit, Mutant, does_nothing
from tests.simulation.profiles import LEGS_UNSENT, STOPS_CANCELLED

MUTANTS: dict[str, Mutant] = {
    "no_stop": Mutant(
        "nobody guards positions",
        (Edit(protector, "guard", "    ours = sorted", "    return\n    ours = sorted"),),
        shows=frozenset({"T9"}),
        profile=STOPS_CANCELLED,
        seed=1,
    ),
    "no_audit_of_stops": Mutant(
        "a stop is placed once and never looked at again",
        (
            # The timetable holds the jobs themselves: what they call is changed.
            does_nothing(protector, "run", "shards = context.lease.ready"),
            does_nothing(stop_audit, "run", "shards = context.lease.ready"),
        ),
        shows=frozenset({"T9"}),
        profile=STOPS_CANCELLED,
    ),
    "unsent_leg_forgotten": Mutant(
        "the unsent order of a leg that is not wanted any more stays",
        (Edit(protector, "_withdraw", "if leg.attempt_id is not None:", "if False:"),),
        shows=frozenset({"T6", "T17"}),
        profile=LEGS_UNSENT,
    ),
}
