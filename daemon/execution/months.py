"""Close the months that are over, mandate by mandate; one that fails stops no other."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from patriot_app.core.clock import Clock
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import months_due
from patriot_app.core.services import fee_periods
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

BATCH = 100
CONCURRENT_MAX = 4


@dataclass(slots=True)
class Run:
    """What a run did.

    Attributes:
        mandates: looked at.
        periods: by what became of them.
        failed: how many raised.
        set_aside: mandates that are not tried again in this run.
        is_whole: nothing due was left.
    """

    mandates: int = 0
    periods: Counter[FeePeriodStatus] = field(default_factory=Counter)
    failed: int = 0
    set_aside: list[UUID] = field(default_factory=list)
    is_whole: bool = True


async def close_due(clock: Clock, *, computed_before: datetime, until_s: float) -> Run:
    """Close what is due until all is done or the time is up.

    Args:
        computed_before: wall time; drafts and held months looked at before it are computed again.
        until_s: on the monotonic clock.
    """
    run = Run()
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    while True:
        due = await months_due.mandates(
            computed_before=computed_before, count=BATCH, without=run.set_aside
        )
        if not due:
            return run
        if clock.monotonic() >= until_s:
            run.is_whole = False
            return run
        await asyncio.gather(*(_close(clock, mandate_id, run, gate) for mandate_id in due))


async def _close(clock: Clock, mandate_id: UUID, run: Run, gate: asyncio.Semaphore) -> None:
    async with gate:
        run.mandates += 1
        try:
            async with begin(SYSTEM, clock=clock) as uow:
                closed = await fee_periods.close_months(uow, mandate_id)
        except Exception:
            # One mandate must not hold up the months of the others.
            log.exception("month_close_failed", extra={"mandate_id": str(mandate_id)})
            run.failed += 1
            run.set_aside.append(mandate_id)
            return
        run.periods.update(one.status for one in closed)
        if not closed:
            # Another daemon was quicker; whatever is still due is looked at in the next run.
            run.set_aside.append(mandate_id)
