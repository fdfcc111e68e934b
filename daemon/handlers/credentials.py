"""Look at a key because somebody asked."""

from typing import Any

from daemon.context import Context
from daemon.execution import key_life
from patriot_app.core.domain.commands import VerifyCredential
from patriot_app.core.services.commands import ClaimedCommand


async def verify(
    claimed: ClaimedCommand, command: VerifyCredential, context: Context
) -> dict[str, Any]:
    """Ask the exchange about a key; where it does not answer, the key waits for it by itself."""
    looked = await key_life.look(context, command.credential_id)
    return {
        "admitted": looked.is_usable,
        "waiting": looked.is_postponed,
        "refusals": [] if looked.is_usable else [str(one) for one in looked.findings],
        "warnings": [str(one) for one in looked.findings] if looked.is_usable else [],
    }
