"""Carry what the kill file says into the database, so that everybody stops and everybody sees it."""

from daemon.context import Context
from daemon.execution import kill_file
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.services import halts
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Raise the file's halt where none of the desk goes as far; taking it away lifts nothing."""
    level = kill_file.level_of(context.settings.kill_file)
    if level is None:
        return
    try:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await halts.raise_halt(
                uow, scope=HaltScope.DESK, level=level, reason="The kill file says so"
            )
    except Refused:
        return
