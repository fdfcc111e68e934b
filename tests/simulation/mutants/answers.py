"""Deliberate bugs in what an answer, or its absence, is taken to prove."""

from daemon.exchanges import outcomes, throttle
from daemon.execution import resolver
from tests.simulation.mutants.edits import Edit, Mutant
from tests.simulation.profiles import BANS, ERRORS_THAT_WORKED, SLOW_ENGINE

MUTANTS: dict[str, Mutant] = {
    "absent_too_early": Mutant(
        "not found is believed before the horizon",
        (
            Edit(
                resolver, "_is_over", "    order, settings", "    return True\n    order, settings"
            ),
        ),
        shows=frozenset({"T1", "T7"}),
        profile=SLOW_ENGINE,
        seed=4,
    ),
    "unknown_503_is_refusal": Mutant(
        "the 503 that may have succeeded counts as refused",
        (Edit(outcomes, "BINANCE_503_REJECTED", "", "Unknown error"),),
        shows=frozenset({"T1", "T7"}),
        profile=ERRORS_THAT_WORKED,
    ),
    "bybit_10016_is_refusal": Mutant(
        "Bybit's server error counts as refused",
        (Edit(outcomes, "BYBIT_REJECTED", "", "10016"),),
        shows=frozenset({"T1", "T7"}),
        profile=ERRORS_THAT_WORKED,
        seed=1,
    ),
    "bans_ignored": Mutant(
        "an exchange that asks for silence is asked on",
        (
            Edit(
                throttle.Throttle,
                "_silence_s",
                "if status not in {403, 418, 429}:",
                "if True:",
            ),
        ),
        shows=frozenset({"T15"}),
        profile=BANS,
    ),
}
