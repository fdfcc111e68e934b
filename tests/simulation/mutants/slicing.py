"""Deliberate bugs in how an order is sent in slices."""

from patriot_app.core.services import sending, slices
from tests.simulation.mutants.edits import Edit, Mutant
from tests.simulation.profiles import SLICES_HALTED, SLICES_OF_THE_DEAD

_HALTED = "(halt.lifted_at IS NULL OR halt.raised_at >= intent.created_at)"
_NOT_YET = "intent.starts_at > clock_timestamp()"

MUTANTS: dict[str, Mutant] = {
    "slice_outlives_a_halt": Mutant(
        "slices that were planned before a halt are sent during and after it",
        (
            Edit(sending, "_MARK_SENDING", _HALTED, "false"),
            Edit(
                sending,
                "_MARK_SENDING",
                "AND (intent.leg = 'entry' OR halt.level = 4",
                "AND (intent.leg = 'entry' AND intent.slice <= 1 OR halt.level = 4",
            ),
            Edit(slices, "_GIVEN_UP", _HALTED, "false"),
        ),
        shows=frozenset({"T13", "T22"}),
        profile=SLICES_HALTED,
        seed=6,
    ),
    "slice_sent_again": Mutant(
        "whoever takes over sends slices that were sent",
        (
            Edit(slices, "_DUE", "attempt.state = 'created'", "attempt.state <> 'void'"),
            Edit(slices, "_DUE", "intent.state = 'planned'", "intent.state <> 'expired'"),
            Edit(
                sending,
                "_MARK_SENDING",
                "AND attempt.state || '' IN ('created')",
                "AND (attempt.state = 'created' OR EXISTS (SELECT 1 FROM intents AS part"
                " WHERE part.id = attempt.intent_id AND part.slice > 1))",
            ),
        ),
        shows=frozenset({"T1", "T2", "T18"}),
        profile=SLICES_OF_THE_DEAD,
        seed=10,
    ),
    "slices_without_their_times": Mutant(
        "all slices leave as soon as they are recorded",
        (
            Edit(slices, "_DUE", _NOT_YET, "false"),
            Edit(sending, "_MARK_SENDING", _NOT_YET, "false"),
        ),
        shows=frozenset({"T22"}),
        profile=SLICES_OF_THE_DEAD,
        seed=3,
    ),
}
