"""Close a position, or everything of an account, when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import exits
from patriot_app.core.domain.commands import ClosePosition, FlattenAccount
from patriot_app.core.services.commands import ClaimedCommand


async def close(
    claimed: ClaimedCommand, command: ClosePosition, context: Context
) -> dict[str, Any]:
    """Close one position at market; its legs are swept when it is flat."""
    sent = await exits.close_position(
        context, command.account_id, command.symbol, command_id=claimed.id, cause=""
    )
    return {command.symbol: exits.describe(sent)}


async def flatten_account(
    claimed: ClaimedCommand, command: FlattenAccount, context: Context
) -> dict[str, Any]:
    """Cancel entries and close every position of an account."""
    outcome = await exits.flatten_account(context, command.account_id, command_id=claimed.id)
    return {"positions": outcome}
