"""Read an account afresh when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import account_sync
from patriot_app.core.domain.commands import SyncAccount
from patriot_app.core.errors import NotFound
from patriot_app.core.services.commands import ClaimedCommand


async def sync(claimed: ClaimedCommand, command: SyncAccount, context: Context) -> dict[str, Any]:
    """Read orders, fills, positions and ledger; the report is stored under the command's id."""
    session = context.sessions.get(command.account_id)
    if session is None:
        raise NotFound(f"Account {command.account_id} has no opened key in this process")
    return await account_sync.run(
        context,
        session,
        run_id=claimed.id,
        kind=command.kind,
        requested_by=command.requested_by,
    )
