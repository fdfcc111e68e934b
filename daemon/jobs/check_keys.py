"""Check every key again each hour: rights change after a key was admitted."""

import logging
from datetime import timedelta

from daemon.context import Context
from daemon.execution import keys
from patriot_app.core.errors import ExchangeUnavailable

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(minutes=55)


async def run(context: Context) -> None:
    """Check what is due; an exchange that does not answer decides nothing."""
    for credential_id in await keys.due(context, older_than=CHECK_EVERY):
        try:
            await keys.recheck(context, credential_id)
        except ExchangeUnavailable:
            log.warning("key_check_postponed", extra={"credential_id": str(credential_id)})
