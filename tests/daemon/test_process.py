"""Workers end when they are told to, though one may miss it the first time."""

import asyncio

import pytest

from daemon import process


async def test_a_worker_that_goes_on_as_if_nothing_was_said_is_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "CANCEL_AGAIN_S", 0.01)
    told = 0

    async def deaf() -> None:
        nonlocal told
        while told < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told += 1

    async def well() -> None:
        await asyncio.Event().wait()

    workers = process.start({"deaf": deaf(), "well": well()})
    await asyncio.sleep(0)
    await process.end(workers.values())
    assert told == 2
    assert all(worker.done() for worker in workers.values())


async def test_nobody_to_end_is_no_trouble() -> None:
    await process.end([])
