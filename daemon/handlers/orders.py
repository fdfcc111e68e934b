"""Cancel or change an order when an operator asks."""

from decimal import Decimal
from typing import Any

from daemon.context import Context
from daemon.execution import amendments, exits
from patriot_app.core.domain.commands import AmendOrder, CancelOrder
from patriot_app.core.services.commands import ClaimedCommand


async def cancel(claimed: ClaimedCommand, command: CancelOrder, context: Context) -> dict[str, Any]:
    """Cancel one working order; the answer says what became of it, which may be a fill."""
    return {"state": await exits.cancel_attempt(context, command.attempt_id)}


async def amend(claimed: ClaimedCommand, command: AmendOrder, context: Context) -> dict[str, Any]:
    """Change one resting entry; the answer says what the exchange made of it."""
    state = await amendments.amend(
        context,
        command.attempt_id,
        price=Decimal(command.price) if command.price else None,
        quantity=Decimal(command.quantity) if command.quantity else None,
        command_id=claimed.id,
    )
    return {"state": state.value}
