"""Read an account afresh when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import bookkeeping, recovery
from patriot_app.core.domain.commands import SyncAccount
from patriot_app.core.errors import NotFound
from patriot_app.core.services.commands import ClaimedCommand


async def sync(claimed: ClaimedCommand, command: SyncAccount, context: Context) -> dict[str, Any]:
    """Read orders, fills, positions and ledger; tell whether the ledger ties."""
    session = context.sessions.get(command.account_id)
    if session is None:
        raise NotFound(f"Account {command.account_id} has no opened key in this process")
    is_ready = await recovery.recover_account(context, command.account_id)
    difference = await bookkeeping.ingest(context, session)
    return {
        "ready": is_ready,
        "ledger_difference": None if difference is None else format(difference, "f"),
    }
