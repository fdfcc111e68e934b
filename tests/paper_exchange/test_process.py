"""The process as an operator runs it: started by its command, killed, started again."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from ops.ports import free_port

BODY = {"api_key": "key-1", "api_secret": "secret-1", "balance": "10000"}


class Process:
    """A started paper exchange."""

    def __init__(self, child: asyncio.subprocess.Process, url: str) -> None:
        self.child = child
        self.url = url

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control; raises while the process does not listen."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.url}/_paper{path}", json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def end(self, number: signal.Signals) -> int:
        """Signal the process and wait for its end."""
        self.child.send_signal(number)
        async with asyncio.timeout(20):
            return await self.child.wait()


@asynccontextmanager
async def started(home: Path, *words: str) -> AsyncIterator[Process]:
    port = free_port()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "daemon.paper_exchange",
        *("--home", str(home), "--port", str(port), *words),
        stderr=asyncio.subprocess.DEVNULL,
    )
    process = Process(child, f"http://127.0.0.1:{port}")
    try:
        async with asyncio.timeout(30):
            while child.returncode is None:
                try:
                    await process.call("GET", "/health")
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        yield process
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def trade(process: Process) -> dict[str, Any]:
    """Open accounts and leave a position's worth of history behind."""
    for exchange in ("binance", "bybit"):
        await process.call("POST", "/accounts", {"exchange": exchange, **BODY})
        path = f"/accounts/{exchange}/key-1"
        await process.call("POST", f"{path}/deposit", {"amount": "1.5"})
    await process.call("POST", "/price", {"symbol": "BTCUSDT", "percent": "2"})
    account: dict[str, Any] = await process.call("GET", "/accounts/binance/key-1")
    return account


async def test_a_killed_process_has_lost_nothing_that_it_had_answered(tmp_path: Path) -> None:
    async with started(tmp_path, "--speed", "600") as process:
        before = await trade(process)
        clock = await process.call("GET", "/clock")
        await process.call("POST", "/clock", {"paused": True})
        price = (await process.call("GET", "/health"))["prices"]["binance"]["BTCUSDT"]
        assert await process.end(signal.SIGKILL) == -signal.SIGKILL
    async with started(tmp_path, "--paused") as process:
        assert await process.call("GET", "/accounts/binance/key-1") == before
        assert (await process.call("GET", "/health"))["prices"]["binance"]["BTCUSDT"] == price
        again = await process.call("GET", "/clock")
        assert again["market_ms"] >= clock["market_ms"]
        assert again["speed"] == 600
        assert await process.end(signal.SIGTERM) == 0


async def test_a_home_with_other_prices_is_refused(tmp_path: Path) -> None:
    async with started(tmp_path, "--seed", "3") as process:
        assert await process.end(signal.SIGTERM) == 0
    async with started(tmp_path, "--seed", "4") as process:
        assert await process.child.wait() == 2


async def test_prices_freeze_at_the_end_of_a_replay_and_the_clock_says_so(tmp_path: Path) -> None:
    candles = tmp_path / "candles" / "BTCUSDT.csv"
    write_candles(candles, minutes=120)
    async with started(tmp_path / "home", "--replay", str(candles), "--paused") as process:
        clock = await process.call("GET", "/clock")
        assert clock["finished"] is False
        step_ms = clock["end_ms"] - clock["market_ms"] + 60_000
        clock = await process.call("POST", "/clock", {"step_ms": step_ms})
        assert clock["finished"] is True
        assert clock["market_ms"] == clock["end_ms"]
        health = await process.call("GET", "/health")
        assert health["prices"]["binance"] == {"BTCUSDT": "100119.00"}
        await process.end(signal.SIGTERM)


def write_candles(path: Path, *, minutes: int) -> None:
    """Write a rising replay file."""
    rows = ["open_time_ms,open,high,low,close,volume"]
    for n in range(minutes):
        price = 100_000 + n
        rows.append(f"{1_748_822_400_000 + n * 60_000},{price},{price + 1},{price},{price},10")
    path.parent.mkdir()
    path.write_text("\n".join(rows) + "\n")
