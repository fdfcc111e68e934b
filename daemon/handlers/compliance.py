"""Make a compliance report when somebody asks."""

from datetime import date
from typing import Any

from daemon.context import Context
from patriot_app.core.domain.commands import MakeComplianceReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import compliance, projections
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.unit_of_work import begin


async def make(
    claimed: ClaimedCommand, command: MakeComplianceReport, context: Context
) -> dict[str, Any]:
    """Make the report of the period."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        await projections.catch_up(uow, projections.DAYS)
        report_id = await compliance.make(
            uow,
            date.fromisoformat(command.starts_on),
            date.fromisoformat(command.ends_on),
            made_by=command.asked_by,
        )
    return {"report": str(report_id)}
