"""Cancel the working entries of a scope when an operator asks."""

from typing import Any
from uuid import UUID

from daemon.context import Context
from daemon.execution import exits
from patriot_app.core.domain.commands import CancelEntries
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.errors import Refused
from patriot_app.core.queries import running
from patriot_app.core.services.commands import ClaimedCommand


async def cancel_entries(
    claimed: ClaimedCommand, command: CancelEntries, context: Context
) -> dict[str, Any]:
    """Cancel the working entries of the scope's accounts in this shard; stops stay."""
    return {
        "cancelled": await exits.cancel_entries(context, await _accounts(claimed, command, context))
    }


async def _accounts(
    claimed: ClaimedCommand, command: CancelEntries, context: Context
) -> list[UUID]:
    if claimed.shard is None:
        raise Refused(f"{claimed.type} must name the shard whose owner acts")
    found = await running.accounts_in_scope(
        claimed.shard, scope=HaltScope(command.scope), scope_id=command.scope_id
    )
    return [account_id for account_id in found if account_id in context.sessions]
