"""Close months when somebody asks, without waiting for the timetable."""

from typing import Any

from daemon.context import Context
from daemon.execution import months
from patriot_app.core.domain.commands import CloseMonths
from patriot_app.core.services.commands import ClaimedCommand

LASTS_MAX_S = 40.0


async def close_months(
    claimed: ClaimedCommand, command: CloseMonths, context: Context
) -> dict[str, Any]:
    """Compute all that is over; what the time does not suffice for is left to the timetable."""
    run = await months.close_due(
        context.clock,
        computed_before=context.clock.now(),
        until_s=context.clock.monotonic() + LASTS_MAX_S,
    )
    return {
        "mandates": run.mandates,
        **{status.value: count for status, count in sorted(run.periods.items())},
        "failed": run.failed,
        "is_whole": run.is_whole,
    }
