"""Operators' commands: woken by NOTIFY, polled every 5 s, claimed once, ended once."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from daemon.context import Context
from daemon.handlers import registry
from patriot_app.core import requests
from patriot_app.core.clock import Clock
from patriot_app.core.db.notify import COMMANDS, listening
from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import commands
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

POLL_S = 5.0
CLAIM_TTL_S = 60.0
BATCH = 50
CONCURRENT_MAX = 16
OUTCOME_RETRY_S = 1.0


class Inbox:
    """Runs commands, several at once; one that fails says why and stops no other."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running = asyncio.Semaphore(CONCURRENT_MAX)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Claim and run until cancelled."""
        try:
            url = self._context.settings.database_url
            async with listening(url, COMMANDS, poll_s=POLL_S) as notices:
                async for _ in notices:
                    await self._drain()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drain(self) -> None:
        while True:
            try:
                async with begin(SYSTEM) as uow:
                    claimed = await commands.claim(
                        uow,
                        process=self._context.process,
                        shards=self._context.lease.ready,
                        count=BATCH,
                        ttl_s=CLAIM_TTL_S,
                    )
            except Exception:
                log.exception("claiming_failed")
                return
            for one in claimed:
                task = asyncio.create_task(self._carry_out(one), name=f"command-{one.id}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if len(claimed) < BATCH:
                return

    async def _carry_out(self, claimed: ClaimedCommand) -> None:
        requests.resume(claimed.request_id or f"command:{claimed.id}")
        async with self._running:
            if claimed.command is None:
                await self._end(claimed, CommandStatus.FAILED, error=claimed.problem)
                return
            try:
                async with asyncio.timeout(CLAIM_TTL_S - 5):
                    result = await registry.handle(claimed, claimed.command, self._context)
            except PatriotError as error:
                await self._end(claimed, CommandStatus.FAILED, error=str(error))
            except TimeoutError:
                await self._end(claimed, CommandStatus.FAILED, error="It took too long")
            except Exception:
                log.exception("command_failed", extra={"command_id": str(claimed.id)})
                await self._end(
                    claimed,
                    CommandStatus.FAILED,
                    error=f"Unexpected failure; see the daemon's log for command {claimed.id}",
                )
            else:
                await self._end(claimed, CommandStatus.SUCCEEDED, result=result)

    async def _end(
        self,
        claimed: ClaimedCommand,
        status: CommandStatus,
        *,
        result: dict[str, Any] | None = None,
        error: str = "",
    ) -> None:
        await write_outcome(
            claimed.id,
            process=self._context.process,
            clock=self._context.clock,
            status=status,
            result=result,
            error=error,
        )


async def write_outcome(
    command_id: UUID,
    *,
    process: str,
    clock: Clock,
    status: CommandStatus,
    result: Mapping[str, Any] | None = None,
    error: str = "",
) -> bool:
    """Write how a claimed command ended, again and again while the database does not take it.

    A command whose end is not written is carried out a second time once its claim has run out: an
    operator's close would then close what was opened since. Writing twice is harmless.

    Returns:
        whether it is written; False once the claim may be somebody else's.
    """
    until = clock.monotonic() + CLAIM_TTL_S
    while clock.monotonic() < until:
        try:
            async with begin(SYSTEM, clock=clock) as uow:
                await commands.end(
                    uow, command_id, process=process, status=status, result=result, error=error
                )
        except Exception:
            log.exception("storing_outcome_failed", extra={"command_id": str(command_id)})
            await clock.sleep(OUTCOME_RETRY_S)
        else:
            return True
    return False
