"""Say every two seconds that this process lives, and what it sees."""

import logging

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import heartbeats
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

EVERY_S = 2.0


async def run(context: Context) -> None:
    """Beat until cancelled; a beat that fails is missed, and shows as such."""
    while True:
        try:
            async with begin(SYSTEM) as uow:
                await heartbeats.beat(
                    uow,
                    process=context.process,
                    role=context.role,
                    version=context.version,
                    started_at=context.started_at,
                    details={
                        "shards_held": len(context.lease.held),
                        "shards_ready": len(context.lease.ready),
                        "accounts_open": len(context.sessions),
                        "market_now": context.market_now().isoformat(),
                    },
                )
        except Exception:
            log.exception("beat_failed")
        await context.clock.sleep(EVERY_S)
