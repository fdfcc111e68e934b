"""Deliberate bugs in what an exchange's maintenance forbids, and in when it is over."""

from patriot_app.core.db.maintenance_windows import IS_CLOSED_TO_INTENT
from patriot_app.core.domain import eligibility
from patriot_app.core.services import maintenance_notices, sending
from tests.simulation.mutants.edits import Edit, Mutant
from tests.simulation.profiles import MAINTENANCE

MUTANTS: dict[str, Mutant] = {
    "maintenance_binds_nobody": Mutant(
        "orders are planned for an exchange in maintenance, and sent",
        (
            Edit(sending, "_MARK_SENDING", IS_CLOSED_TO_INTENT, "false"),
            Edit(
                eligibility,
                "cannot_trade",
                "if target.closure is Closure.EVERYTHING:",
                "if False:",
            ),
            Edit(eligibility, "cannot_open", "if target.closure is not Closure.OPEN:", "if False:"),
        ),
        shows=frozenset({"T23"}),
        profile=MAINTENANCE,
    ),
    "maintenance_over_by_its_own_clock": Mutant(
        "a daemon whose clock runs ahead ends a window that still runs",
        (Edit(maintenance_notices, "move_on", "await _now(uow)", "uow.now"),),
        shows=frozenset({"T17", "T23"}),
        profile=MAINTENANCE,
        seed=1,
    ),
}
