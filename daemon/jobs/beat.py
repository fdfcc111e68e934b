"""Say every two seconds that this process lives, and what it sees."""

import logging

from daemon.context import Context, Living
from daemon.execution import budgets, condition
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import heartbeats
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

EVERY_S = 2.0


async def run(living: Living) -> None:
    """Beat until cancelled; a beat that fails is missed, and shows as such."""
    while True:
        try:
            async with begin(SYSTEM) as uow:
                await heartbeats.beat(
                    uow,
                    process=living.process,
                    role=living.role,
                    version=living.version,
                    started_at=living.started_at,
                    details=_details(living),
                )
        except Exception:
            log.exception("beat_failed")
        await living.clock.sleep(EVERY_S)


def _details(living: Living) -> dict[str, object]:
    if not isinstance(living, Context):
        return living.vital_signs()
    return living.vital_signs() | condition.details(living) | {"budgets": budgets.of(living)}


async def leave(living: Living) -> None:
    """Take the beat away at an orderly end: only what died without a word is silent."""
    try:
        async with begin(SYSTEM) as uow:
            await heartbeats.leave(uow, process=living.process)
    except Exception:
        log.exception("beat_not_ended")
