"""Seal what the record has grown by, and keep the line outside the database.

The seal is committed first; a line that a crash kept from the file is written by the next run.
"""

import asyncio

from daemon import anchors
from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import record
from patriot_app.core.services import checkpoints
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Do it, where this process has the key and knows the file."""
    if context.signer is not None:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await checkpoints.seal(uow, context.signer)
    path = context.settings.anchor_file
    if path is None:
        return
    last = await asyncio.to_thread(anchors.last_number, path)
    new = await record.checkpoints_after(SYSTEM, last)
    await asyncio.to_thread(anchors.keep, path, new)
