"""Run the statements that must find nothing; tell of each once when it begins to find something."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from daemon import metrics
from daemon.context import Context
from patriot_app.core.domain.events import InvariantBroken
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import invariants
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

SAMPLE = 5


@dataclass(slots=True)
class Watch:
    """Remembers what was broken at the last run, so that an alarm is not repeated each time."""

    statements: Mapping[str, str]
    kind: str
    broken: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Check all; record those that broke since the last run."""
        found: dict[str, list[str]] = {}
        for violation in await invariants.violations(SYSTEM, self.statements):
            found.setdefault(violation.invariant, []).append(violation.row)
        metrics.INVARIANTS_BROKEN.labels(self.kind).set(len(found))
        new = {name: rows for name, rows in found.items() if name not in self.broken}
        self.broken = frozenset(found)
        if not new:
            return
        async with begin(SYSTEM) as uow:
            for name, rows in new.items():
                log.error("invariant_broken", extra={"error": f"{name}: {rows[0]}"})
                uow.record(InvariantBroken(name=name, sample=tuple(rows[:SAMPLE])))


_BOOKS = Watch(invariants.INVARIANTS, "books")
_RECORD = Watch(invariants.RECORD, "record")


async def run(context: Context) -> None:
    """Check the books of the whole desk."""
    await _BOOKS.run()


async def run_record(context: Context) -> None:
    """Check that no event was changed, cut out or cut off."""
    await _RECORD.run()
