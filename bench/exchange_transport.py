"""What an order costs: ours to build and sign, ours end to end, and ccxt's own create_order.

    python -m bench.exchange_transport [--orders 1000] [--rounds 5]

Both send to the same stub (`bench/stub_exchange.py`), which runs as its own process on another
core; rounds alternate, so that a busy machine slows both. Only the ratio travels between machines.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import ccxt.async_support as ccxt
import uvloop

from daemon.exchanges.build import binance_order, bybit_order
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.clients import ClientPool
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.gateway import AccountSession, Credentials
from daemon.exchanges.transport import shared_ssl_context
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.orders import OrderRequest, OrderType, Outcome, Side
from patriot_app.core.sealing import Secret

SYMBOL = "BTC/USDT:USDT"
BUILD = {Exchange.BINANCE: binance_order, Exchange.BYBIT: bybit_order}


@contextlib.contextmanager
def running_stub(*, delay_ms: float = 0.0, core: int | None = None) -> Iterator[str]:
    """Run the stub as a process; gives its URL."""
    command = [sys.executable, "-m", "bench.stub_exchange", "--delay-ms", str(delay_ms)]
    if core is not None:
        command += ["--core", str(core)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=5)


def make_sessions(exchange: Exchange, number: int) -> list[AccountSession]:
    """Return accounts with keys of their own."""
    return [
        AccountSession(
            uuid4(),
            exchange,
            AccountMode.PAPER,
            Credentials(Secret(f"key-{index}".encode()), Secret(f"secret-{index}".encode())),
        )
        for index in range(number)
    ]


def make_orders(exchange: Exchange, number: int, timestamp_ms: int) -> list[OrderRequest]:
    """Return one market order per account, with ids of their own."""
    return [
        OrderRequest(
            exchange=exchange,
            symbol="BTCUSDT",
            client_order_id=f"ptp{uuid4().hex[:24]}-1",
            side=Side.BUY,
            order_type=OrderType.MARKET,
            quantity=Decimal("0.010"),
            price=None,
            trigger_price=None,
            time_in_force=None,
            reduce_only=False,
            close_position=False,
            timestamp_ms=timestamp_ms,
            receive_window_ms=3_000,
        )
        for _ in range(number)
    ]


def measure_build(exchange: Exchange, orders: int, rounds: int) -> float:
    """Return microseconds per order to build and sign."""
    pool = ClientPool(Endpoints(paper_url="http://127.0.0.1:1"))
    sessions = make_sessions(exchange, orders)
    requests = make_orders(exchange, orders, 1_700_000_000_000)
    for session in sessions:
        pool.of(session)
    build = BUILD[exchange]
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        for session, request in zip(sessions, requests, strict=True):
            call, params = build(request)
            pool.of(session).sign(
                call,
                params,
                timestamp_ms=request.timestamp_ms,
                receive_window_ms=request.receive_window_ms,
            )
        times.append((time.perf_counter() - began) / orders * 1e6)
    return statistics.median(times)


def make_bare_ccxt(exchange: Exchange, url: str, number: int) -> list[Any]:
    """Return ccxt instances set up as well as they can be: shared markets, session and context."""
    kind = ccxt.binanceusdm if exchange is Exchange.BINANCE else ccxt.bybit
    context = shared_ssl_context()
    markets = {SYMBOL: _market()}
    instances: list[Any] = []
    for index in range(number):
        instance = kind(
            {"apiKey": f"key-{index}", "secret": f"secret-{index}", "enableRateLimit": False}
        )
        instance.ssl_context = context
        base = {name: _moved(value, url) for name, value in instance.urls["api"].items()}
        instance.urls = {**instance.urls, "api": base}
        instance.options["enableUnifiedAccount"] = True
        instance.options["enableUnifiedMargin"] = False
        instance.options["unifiedMarginStatus"] = 6
        if instances:
            first = instances[0]
            instance.markets, instance.markets_by_id = first.markets, first.markets_by_id
            instance.currencies, instance.symbols = first.currencies, first.symbols
            instance.session, instance.own_session = first.session, False
        else:
            instance.set_markets(markets)
            instance.open()
            instance.session.connector._limit = 1_000
        instances.append(instance)
    return instances


def _moved(value: Any, url: str) -> Any:
    if not isinstance(value, str):
        return value
    path = value.split("/", 3)
    return url + ("/" + path[3] if len(path) > 3 else "")


def _market() -> dict[str, Any]:
    return {
        "id": "BTCUSDT", "symbol": SYMBOL, "base": "BTC", "quote": "USDT", "settle": "USDT",
        "baseId": "BTC", "quoteId": "USDT", "settleId": "USDT", "type": "swap", "spot": False,
        "margin": False, "swap": True, "future": False, "option": False, "contract": True,
        "linear": True, "inverse": False, "active": True, "contractSize": 1.0, "expiry": None,
        "precision": {"amount": 0.001, "price": 0.1}, "limits": {"amount": {"min": 0.001}},
        "info": {"orderTypes": ["MARKET", "LIMIT"]}, "lowercaseId": "btcusdt",
    }  # fmt: skip


async def _timed(work: Callable[[], Awaitable[None]], orders: int) -> tuple[float, float]:
    """Return wall and CPU microseconds per order."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    await work()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall / orders * 1e6, cpu / orders * 1e6


async def measure_send(exchange: Exchange, url: str, orders: int, rounds: int) -> list[str]:
    """Return lines of a table: ours and ccxt's, in the same process and the same minutes."""
    clock = SystemClock()
    gateway = CcxtGateway(
        endpoints=Endpoints(paper_url=url), clock=clock, market_now=clock.now, http_timeout_s=30.0
    )
    sessions = make_sessions(exchange, orders)
    bare = make_bare_ccxt(exchange, url, orders)

    async def ours() -> None:
        requests = make_orders(exchange, orders, gateway.timestamp_ms(exchange, AccountMode.PAPER))
        results = await asyncio.gather(
            *(gateway.submit(s, r) for s, r in zip(sessions, requests, strict=True))
        )
        assert all(result.outcome is Outcome.ACCEPTED for result in results)

    async def theirs() -> None:
        answers = await asyncio.gather(
            *(
                instance.create_order(
                    SYMBOL, "market", "buy", 0.01, None, {"clientOrderId": f"x{uuid4().hex[:24]}"}
                )
                for instance in bare
            )
        )
        assert all(answer["id"] for answer in answers)

    # As the daemon does after its start: what lives for ever need not be walked by the collector
    # in the middle of a fan-out, which costs as much as the fan-out itself.
    gc.collect()
    gc.freeze()
    taken: dict[str, list[tuple[float, float]]] = {"ours": [], "bare ccxt": []}
    for _ in range(rounds + 1):
        for name, work in (("ours", ours), ("bare ccxt", theirs)):
            taken[name].append(await _timed(work, orders))
    await gateway.close()
    await bare[0].close()
    for instance in bare:
        instance.session = None
    lines = []
    for name, figures in taken.items():
        wall = statistics.median(figure[0] for figure in figures[1:])
        cpu = statistics.median(figure[1] for figure in figures[1:])
        lines.append(
            f"{exchange.value:8} {name:10} {orders:6} {wall:9.0f} {cpu:9.0f} {1e6 / wall:9.0f}"
        )
    return lines


async def _main(orders: int, rounds: int) -> None:
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[0]})
    with running_stub(core=cores[-1] if len(cores) > 1 else None) as url:
        print("build and sign, us/order:")
        for exchange in Exchange:
            print(f"  {exchange.value:8} {measure_build(exchange, orders, rounds):6.1f}")
        print("exchange who        orders   wall us    cpu us  orders/s")
        for exchange in Exchange:
            for number in sorted({100, orders}):
                for line in await measure_send(exchange, url, number, rounds):
                    print(line)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    uvloop.run(_main(options.orders, options.rounds))


if __name__ == "__main__":
    main()
