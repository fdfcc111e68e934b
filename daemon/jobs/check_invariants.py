"""Run the statements that must find nothing; tell of each once when it begins to find something."""

import logging
from dataclasses import dataclass

from daemon import metrics
from daemon.context import Context
from patriot_app.core.domain.events import InvariantBroken
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import invariants
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watch:
    """Remembers what was broken at the last run, so that an alarm is not repeated each minute."""

    broken: frozenset[str] = frozenset()

    async def run(self, context: Context) -> None:
        """Check all; record those that broke since the last run."""
        found = await invariants.violations(SYSTEM)
        metrics.INVARIANTS_BROKEN.set(len(found))
        new = [violation for violation in found if violation.name not in self.broken]
        self.broken = frozenset(violation.name for violation in found)
        if not new:
            return
        async with begin(SYSTEM) as uow:
            for violation in new:
                log.error("invariant_broken", extra={"error": violation.name})
                uow.record(InvariantBroken(name=violation.name, sample=violation.sample))


_WATCH = Watch()


async def run(context: Context) -> None:
    """Check the invariants of the whole desk."""
    await _WATCH.run(context)
