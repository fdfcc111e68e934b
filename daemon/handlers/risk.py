"""Cancel the working entries of a scope when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import entries
from patriot_app.core.domain.commands import CancelEntries
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.errors import Refused
from patriot_app.core.services.commands import ClaimedCommand


async def cancel_entries(
    claimed: ClaimedCommand, command: CancelEntries, context: Context
) -> dict[str, Any]:
    """Cancel the scope's working entries in this shard; stops stay. The answer counts their ends."""
    if claimed.shard is None:
        raise Refused(f"{claimed.type} must name the shard whose owner acts")
    ended = await entries.cancel_scope(
        context, claimed.shard, EntryScope(command.scope), command.scope_id
    )
    return {"ended": ended}
