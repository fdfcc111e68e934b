"""Run the statements that must find nothing; tell of each once when it begins to find something."""

import logging
from collections.abc import Mapping

from daemon import metrics
from daemon.context import Context
from patriot_app.core.domain.events import InvariantBroken
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import invariants
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

SAMPLE = 5


async def run(context: Context) -> None:
    """Check the books of the whole desk."""
    await _check(context, invariants.INVARIANTS, kind="books")


async def run_money(context: Context) -> None:
    """Check fees, invoices and our own books."""
    await _check(context, invariants.MONEY, kind="money")


async def run_record(context: Context) -> None:
    """Check that no event was changed, cut out or cut off."""
    await _check(context, invariants.RECORD, kind="record")


async def _check(context: Context, statements: Mapping[str, str], *, kind: str) -> None:
    """Check all; record those that broke since the last run, so that no alarm is repeated."""
    found: dict[str, list[str]] = {}
    for violation in await invariants.violations(SYSTEM, statements):
        found.setdefault(violation.invariant, []).append(violation.row)
    metrics.INVARIANTS_BROKEN.labels(kind).set(len(found))
    known = context.broken_invariants.get(kind, frozenset())
    new = {name: rows for name, rows in found.items() if name not in known}
    context.broken_invariants[kind] = frozenset(found)
    if not new:
        return
    async with begin(SYSTEM) as uow:
        for name, rows in new.items():
            log.error("invariant_broken", extra={"error": f"{name}: {rows[0]}"})
            uow.record(InvariantBroken(name=name, sample=tuple(rows[:SAMPLE])))
