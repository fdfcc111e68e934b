"""Verify a key that the web process sealed."""

from typing import Any

from daemon.context import Context
from daemon.execution import keys, recovery
from patriot_app.core.domain.commands import VerifyCredential
from patriot_app.core.errors import ExchangeUnavailable
from patriot_app.core.services.commands import ClaimedCommand

TRIES_MAX = 5
FIRST_DELAY_S = 1.0


async def verify(
    claimed: ClaimedCommand, command: VerifyCredential, context: Context
) -> dict[str, Any]:
    """Ask the exchange, with patience while it is not reachable; then bring the account in."""
    delay = FIRST_DELAY_S
    for remaining in range(TRIES_MAX - 1, -1, -1):
        try:
            refusals = await keys.verify(context, command.credential_id)
            break
        except ExchangeUnavailable:
            if not remaining:
                raise
            await context.clock.sleep(delay)
            delay *= 2
    if not refusals:
        await recovery.admit_account(context, command.credential_id)
    return {"admitted": not refusals, "refusals": list(refusals)}
