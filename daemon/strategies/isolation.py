"""Ask strategies in processes of their own, so that none can stop, slow or read another.

One process per deployment, started when first asked and kept. A strategy that raises, takes too
long, needs too much memory or dies is told of by `StrategyBroke`, and its process is killed: the
next question meets a fresh one.
"""

import asyncio
import logging
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from daemon.strategies import child
from daemon.strategies.questions import LINE_BYTES_MAX, Question, read_answer, write_question
from patriot_app.core.domain.signals import Signal
from patriot_app.core.errors import PatriotError

log = logging.getLogger(__name__)

CATALOGUE = "patriot_app.core.strategies.catalogue:CATALOGUE"
DECIDE_S_MAX = 8.0
"""Of the 20 s in which a bar's signal may be sent."""
START_S_MAX = 60.0
"""A slow machine is not the strategy's fault: starting has a limit of its own."""
MEMORY_MIB_MAX = 512
"""Of address space; Python and the strategies themselves take about 30."""
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TZ")


class StrategyBroke(PatriotError):
    """A strategy raised, hung, ran out of memory or died; its deployment should stand still."""


class StrategyNotAsked(PatriotError):
    """The machine had no process for it in time; nothing is known against the strategy."""


@dataclass(slots=True)
class _Child:
    process: asyncio.subprocess.Process
    turn: asyncio.Lock


class StrategyProcesses:
    """The processes of a daemon's strategies, by deployment.

    Args:
        catalogue: `module:name` of the strategies that may be asked.
    """

    def __init__(
        self,
        *,
        catalogue: str = CATALOGUE,
        decide_s_max: float = DECIDE_S_MAX,
        memory_mib_max: int = MEMORY_MIB_MAX,
    ) -> None:
        self._catalogue = catalogue
        self._decide_s_max = decide_s_max
        self._memory_mib_max = memory_mib_max
        self._children: dict[UUID, _Child] = {}
        self._starting = asyncio.Lock()

    async def decide(self, deployment_id: UUID, question: Question) -> Signal | None:
        """Ask a deployment's strategy.

        Raises:
            StrategyBroke: it raised, hung, ran out of memory or died.
            StrategyNotAsked: its process did not start in time.
        """
        found = await self._child(deployment_id)
        async with found.turn:
            try:
                return await self._ask(found.process, question)
            except BaseException:
                # Also when we are cancelled: an answer that comes later must meet nobody.
                await self._end(deployment_id)
                raise

    async def keep_only(self, deployments: set[UUID]) -> None:
        """End the processes of deployments that no longer run; one that decides may finish."""
        for deployment_id in self._children.keys() - deployments:
            if not self._children[deployment_id].turn.locked():
                await self._end(deployment_id)

    async def close(self) -> None:
        """End all."""
        for deployment_id in list(self._children):
            await self._end(deployment_id)

    @property
    def pids(self) -> dict[UUID, int]:
        """Return the process id of each deployment's strategy."""
        return {key: found.process.pid for key, found in self._children.items()}

    async def _child(self, deployment_id: UUID) -> _Child:
        found = self._children.get(deployment_id)
        if found is None or found.process.returncode is not None:
            # One after the other: fifty that start at once would all be late.
            async with self._starting:
                found = self._children.get(deployment_id)
                if found is None or found.process.returncode is not None:
                    found = _Child(await self._start(), asyncio.Lock())
                    self._children[deployment_id] = found
        return found

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", child.__name__),
            *("--catalogue", self._catalogue, "--memory-mib", str(self._memory_mib_max)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LINE_BYTES_MAX,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        assert process.stdout is not None
        said = b""
        try:
            async with asyncio.timeout(START_S_MAX):
                said = await process.stdout.readline()
        except TimeoutError as error:
            raise StrategyNotAsked("The strategy's process did not start in time") from error
        finally:
            if said != child.READY:
                await _kill(process)
        if said != child.READY:
            raise StrategyNotAsked("The strategy's process did not start")
        return process

    async def _ask(self, process: asyncio.subprocess.Process, question: Question) -> Signal | None:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._decide_s_max):
                process.stdin.write(write_question(question))
                await process.stdin.drain()
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise StrategyBroke(f"It did not decide within {self._decide_s_max:.0f} s") from error
        except (OSError, ValueError) as error:
            raise StrategyBroke(f"Its process broke off ({type(error).__name__})") from error
        if not line:
            code = await process.wait()
            raise StrategyBroke(f"Its process ended ({_how(code)})")
        try:
            answer = read_answer(line)
        except ValueError as error:
            raise StrategyBroke(str(error)) from error
        if answer.error:
            raise StrategyBroke(answer.error)
        return answer.signal

    async def _end(self, deployment_id: UUID) -> None:
        found = self._children.pop(deployment_id, None)
        if found is not None:
            await _kill(found.process)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process and wait for it; one that ended by itself is waited for alone."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
