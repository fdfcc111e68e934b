"""Close a position, move its stop and target, or flatten an account, when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import exits, levels
from patriot_app.core.domain.commands import ClosePosition, FlattenAccount, MoveLevels
from patriot_app.core.services.commands import ClaimedCommand


async def close(
    claimed: ClaimedCommand, command: ClosePosition, context: Context
) -> dict[str, Any]:
    """Close one position at market; its legs are swept when it is flat."""
    sent = await exits.close_position(
        context, command.account_id, command.symbol, command_id=claimed.id, cause=""
    )
    return {command.symbol: exits.describe(sent)}


async def move_levels(
    claimed: ClaimedCommand, command: MoveLevels, context: Context
) -> dict[str, Any]:
    """Move stop and target; the old legs stand until the new ones do."""
    return {command.symbol: await levels.move(context, command)}


async def flatten_account(
    claimed: ClaimedCommand, command: FlattenAccount, context: Context
) -> dict[str, Any]:
    """Cancel entries and close every position of an account."""
    outcome = await exits.flatten_account(context, command.account_id, command_id=claimed.id)
    return {"positions": outcome}
