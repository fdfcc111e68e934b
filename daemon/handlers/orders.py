"""Cancel an order when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import exits
from patriot_app.core.domain.commands import CancelOrder
from patriot_app.core.services.commands import ClaimedCommand


async def cancel(claimed: ClaimedCommand, command: CancelOrder, context: Context) -> dict[str, Any]:
    """Cancel one working order; the answer says what became of it, which may be a fill."""
    return {"state": await exits.cancel_attempt(context, command.attempt_id)}
