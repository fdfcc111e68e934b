"""What a halt clears up: working entries, and positions if the operator asked for it.

The halt itself binds at commit, whether these commands ever run or not.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

from daemon.context import Context
from daemon.execution import exits
from patriot_app.core.domain.commands import CancelEntries, FlattenShard
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.errors import PatriotError, Refused
from patriot_app.core.queries import running
from patriot_app.core.services.commands import ClaimedCommand

log = logging.getLogger(__name__)

CONCURRENT_MAX = 20


async def cancel_entries(
    claimed: ClaimedCommand, command: CancelEntries, context: Context
) -> dict[str, Any]:
    """Cancel the working entries of the scope's accounts in this shard; stops stay."""
    accounts = await _accounts(claimed, command, context)
    return {"cancelled": await exits.cancel_entries(context, accounts)}


async def flatten_shard(
    claimed: ClaimedCommand, command: FlattenShard, context: Context
) -> dict[str, Any]:
    """Close every position of the scope's accounts in this shard; one failure stops no other."""
    gate = asyncio.Semaphore(CONCURRENT_MAX)

    async def one(account_id: UUID) -> str:
        async with gate:
            try:
                await exits.flatten_account(context, account_id, command_id=claimed.id)
            except PatriotError as error:
                log.warning(
                    "flatten_failed",
                    extra={"account_id": str(account_id), "error": str(error)},
                )
                return str(error)
            return ""

    accounts = await _accounts(claimed, command, context)
    outcomes = await asyncio.gather(*(one(account_id) for account_id in accounts))
    failed = {
        str(account_id): problem
        for account_id, problem in zip(accounts, outcomes, strict=True)
        if problem
    }
    if failed:
        raise Refused(
            f"{len(failed)} of {len(accounts)} accounts could not be flattened: "
            + "; ".join(f"{account}: {problem}" for account, problem in failed.items())
        )
    return {"flattened": len(accounts)}


async def _accounts(
    claimed: ClaimedCommand, command: CancelEntries | FlattenShard, context: Context
) -> list[UUID]:
    if claimed.shard is None:
        raise Refused(f"{claimed.type} must name the shard whose owner acts")
    found = await running.accounts_in_scope(
        claimed.shard, scope=HaltScope(command.scope), scope_id=command.scope_id
    )
    return [account_id for account_id in found if account_id in context.sessions]
