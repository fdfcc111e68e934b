"""How fast the paper exchange takes orders, how much it holds, and how many ticks it fans out.

    python -m bench.paper_exchange [orders] [streams] [ticks] [--orders 40000] [--accounts 1000]

`orders`: signed market orders over raw keep-alive connections, first to the stub of
`bench.stub_exchange`, which only acknowledges, then to the paper exchange, which checks, matches,
books, writes its journal and answers. Both by the same client, one process each. Wall times on a
busy machine say little: the processor time for each order and its ratio to the stub's do not
depend on who else is working.

`streams`: resident memory with every account's user stream connected. `ticks`: market frames that
reach the sockets in a second, and the processor time for each.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

from ops.ports import free_port

SECRET = "bench-secret"
SYMBOLS = (("BTCUSDT", "0.002"), ("ETHUSDT", "0.02"), ("SOLUSDT", "0.1"), ("XRPUSDT", "5"))
_PAGES = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A started server process."""

    url: str
    process: subprocess.Popen[str]

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    def cpu_s(self) -> float:
        """Return the processor time it has used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _PAGES

    def memory_mb(self) -> float:
        """Return its resident memory."""
        with open(f"/proc/{self.process.pid}/status") as file:
            line = next(line for line in file if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the paper exchange's control."""
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.url}/_paper{path}", data=data, method=method)  # noqa: S310 - our own loopback server
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())


@contextlib.contextmanager
def stub() -> Iterator[Server]:
    """Start the server that only acknowledges."""
    command = [sys.executable, "-m", "bench.stub_exchange"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield Server(process.stdout.readline().strip(), process)
        finally:
            process.terminate()


@contextlib.contextmanager
def paper(accounts: int, *, speed: float) -> Iterator[Server]:
    """Start a paper exchange with accounts, durable as in real use."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "daemon.paper_exchange", "--home", home]
        command += ["--port", str(port), "--speed", str(speed)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
            server = Server(f"http://127.0.0.1:{port}", process)
            try:
                _wait_for(server)
                for number in range(accounts):
                    body = {"exchange": "binance", "api_key": f"key-{number}"}
                    body |= {"api_secret": SECRET, "balance": "100000"}
                    server.control("POST", "/accounts", body)
                yield server
            finally:
                process.terminate()
                process.wait()


def _wait_for(server: Server) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            server.control("GET", "/health")
            return
        time.sleep(0.1)
    raise SystemExit("the paper exchange did not start")


class Trader(asyncio.Protocol):
    """One keep-alive connection that sends an order, waits for its answer, and sends the next."""

    def __init__(self, numbers: Iterator[int], accounts: int) -> None:
        self._numbers = numbers
        self._accounts = accounts
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.refused: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        if len(rest) < length:
            return
        if b'"orderId"' not in rest:
            self.refused.append(rest)
        self._buffer = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        assert self._transport is not None
        number = next(self._numbers, None)
        if number is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._transport.write(order(number, self._accounts))


def order(number: int, accounts: int) -> bytes:
    """Write one signed market order; every account buys and sells in turn."""
    turn, account = divmod(number, accounts)
    symbol, quantity = SYMBOLS[(turn // 2) % len(SYMBOLS)]
    side = "SELL" if turn % 2 else "BUY"
    payload = (
        f"symbol={symbol}&side={side}&type=MARKET&quantity={quantity}&newClientOrderId=b{number}"
        f"&newOrderRespType=RESULT&recvWindow=60000&timestamp={int(time.time() * 1000)}"
    ).encode()
    signature = hmac.digest(SECRET.encode(), payload, "sha256").hex().encode()
    body = payload + b"&signature=" + signature
    return (
        b"POST /fapi/v1/order HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: key-%d\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
        % (account, len(body))
    ) + body


async def trade(server: Server, *, orders: int, accounts: int, connections: int) -> float:
    """Send orders over connections; return the wall time."""
    numbers = iter(range(orders))
    host, port = server.address
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    traders = []
    for _ in range(connections):
        _, trader = await loop.create_connection(lambda: Trader(numbers, accounts), host, port)
        traders.append(trader)
    await asyncio.gather(*(trader.done for trader in traders))
    refused = [body for trader in traders for body in trader.refused]
    if refused:
        raise SystemExit(f"{len(refused)} orders were refused, the first with {refused[0]!r}")
    return time.perf_counter() - begun


def measure_orders(options: argparse.Namespace) -> None:
    """Print throughput and processor time for an order, of the stub and of the paper exchange."""
    figures: dict[str, float] = {}
    for name in ("stub", "paper"):
        with stub() if name == "stub" else paper(options.accounts, speed=1) as server:
            uvloop.run(_warm(server, options))
            before = server.cpu_s()
            wall_s = uvloop.run(
                trade(
                    server,
                    orders=options.orders,
                    accounts=options.accounts,
                    connections=options.connections,
                )
            )
            cpu_us = (server.cpu_s() - before) / options.orders * 1e6
            figures[name] = cpu_us
            print(
                f"{name:6} {options.orders / wall_s:8,.0f} orders/s wall   "
                f"{cpu_us:6.1f} us of processor an order = {1e6 / cpu_us:,.0f} orders/s of one core"
            )
            if name == "paper":
                rows = server.control("GET", "/accounts")
                trades = sum(row["trades"] for row in rows)
                print(f"       {trades:,} fills booked, {server.memory_mb():.0f} MB")
    print(f"ratio  {figures['paper'] / figures['stub']:.1f} times the stub's processor time")


async def _warm(server: Server, options: argparse.Namespace) -> None:
    """Let connections and caches be there before anything is counted; ids are sent once only."""
    await trade(server, orders=2 * options.accounts, accounts=options.accounts, connections=4)


async def connect(server: Server, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket by hand."""
    reader, writer = await asyncio.open_connection(*server.address)
    key = base64.b64encode(hashlib.sha256(path.encode()).digest()[:16]).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head, head
    return reader, writer


async def open_streams(server: Server, accounts: int) -> None:
    """Connect every account's user stream, trade once on each, and print the memory."""
    sockets = []
    for number in range(accounts):
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(
            f"POST /fapi/v1/listenKey HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: key-{number}\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        key = json.loads(await reader.readexactly(length))["listenKey"]
        writer.close()
        sockets.append(await connect(server, f"/private/ws?listenKey={key}"))
    await trade(server, orders=4 * accounts, accounts=accounts, connections=8)
    frames = [await reader.readexactly(2) for reader, _ in sockets]
    assert all(frame[0] == 0x81 for frame in frames)
    print(f"streams {accounts} accounts, each with its user stream: {server.memory_mb():.0f} MB")
    for _, writer in sockets:
        writer.close()


async def count_ticks(server: Server, sockets: int, seconds: float) -> None:
    """Subscribe sockets to tickers and print how many frames reach them."""
    streams = "/".join(f"{symbol.lower()}@bookTicker" for symbol, _ in SYMBOLS)
    opened = [await connect(server, f"/public/stream?streams={streams}") for _ in range(sockets)]
    received = 0

    async def count(reader: asyncio.StreamReader) -> None:
        nonlocal received
        while True:
            head = await reader.readexactly(2)
            length = head[1] & 127
            if length == 126:
                length = int.from_bytes(await reader.readexactly(2), "big")
            elif length == 127:
                length = int.from_bytes(await reader.readexactly(8), "big")
            await reader.readexactly(length)
            received += (head[0] & 15) == 1

    tasks = [asyncio.create_task(count(reader)) for reader, _ in opened]
    await asyncio.sleep(1)
    received, before, begun = 0, server.cpu_s(), time.perf_counter()
    await asyncio.sleep(seconds)
    wall_s, cpu_s = time.perf_counter() - begun, server.cpu_s() - before
    print(
        f"ticks   {received / wall_s:,.0f} frames/s to {sockets} sockets, "
        f"{cpu_s / received * 1e6:.1f} us of processor a frame = "
        f"{received / cpu_s:,.0f} frames/s of one core"
    )
    for task in tasks:
        task.cancel()
    for _, writer in opened:
        writer.close()


def main() -> None:
    """Measure what is asked for, or everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", nargs="*", choices=["orders", "streams", "ticks", []])
    parser.add_argument("--orders", type=int, default=40_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--sockets", type=int, default=250)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    wanted = options.what or ["orders", "streams", "ticks"]
    if "orders" in wanted:
        measure_orders(options)
    if "streams" in wanted:
        with paper(options.accounts, speed=1) as server:
            uvloop.run(open_streams(server, options.accounts))
    if "ticks" in wanted:
        with paper(0, speed=60) as server:
            uvloop.run(count_ticks(server, options.sockets, options.seconds))


if __name__ == "__main__":
    main()
