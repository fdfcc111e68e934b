"""A run that is told to stop ends as one that fails: by closing what it opened."""

import asyncio
import os
import signal

import pytest

from tests.chaos.__main__ import until_ended
from tests.waiting import until


async def test_a_run_that_is_terminated_closes_what_it_opened() -> None:
    seen: list[str] = []

    async def work() -> int:
        seen.append("opened")
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("closed")
        return 0

    running = asyncio.create_task(until_ended(work()))
    try:
        await until(lambda: seen == ["opened"])
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(asyncio.CancelledError):
            await running
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert seen == ["opened", "closed"]
