"""No address opens more connections than its exchange takes, so none is ever refused."""

import asyncio
from dataclasses import replace

from daemon.exchanges.connection_pace import CONNECTION_LIMITS, ConnectionPace
from daemon.exchanges.rate_windows import USABLE_SHARE, Limit
from daemon.exchanges.stream_link import StreamLink, shared_streams
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from tests.daemon.exchanges.test_stream_link import Plain
from tests.daemon.execution.trading import StandingClock
from tests.paper import running_paper_exchange
from tests.waiting import until

WINDOW_S = 300.0
ALLOWED = 2


async def test_streams_wait_for_the_exchanges_rule_instead_of_being_refused() -> None:
    clock = StandingClock()
    pace = ConnectionPace(clock, limits={Exchange.BYBIT: Limit(ALLOWED / USABLE_SHARE, WINDOW_S)})
    shared = replace(shared_streams(SystemClock()), pace=pace)
    async with running_paper_exchange() as paper:
        rule = {"kind": "connection_rate", "exchange": "bybit", "limit": ALLOWED}
        await paper.control("POST", "/faults", rule)
        url = f"{paper.ws_url}/v5/public/linear"
        links = [StreamLink(Plain(url), shared) for _ in range(ALLOWED + 1)]
        running = [asyncio.create_task(link.run()) for link in links]
        try:
            await until(lambda: sum(link.is_connected for link in links) == ALLOWED)
            faults = paper.exchange.host.faults
            true_ms = faults.now_ms
            faults.now_ms = lambda: true_ms() + int(WINDOW_S * 1000) + 1
            clock.skip(WINDOW_S)
            await until(lambda: all(link.is_connected for link in links))
            assert (await paper.control("GET", "/faults"))["happened"] == []
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def test_each_address_has_a_pace_of_its_own() -> None:
    clock = StandingClock()
    pace = ConnectionPace(clock)
    allowed = int(CONNECTION_LIMITS[Exchange.BINANCE].units * USABLE_SHARE)
    for _ in range(allowed):
        await pace.admit(Exchange.BINANCE, "127.0.0.2")
    waiting = asyncio.create_task(pace.admit(Exchange.BINANCE, "127.0.0.2"))
    await pace.admit(Exchange.BINANCE, "127.0.0.3")
    await pace.admit(Exchange.BYBIT, "127.0.0.2")
    assert not waiting.done()
    clock.skip(WINDOW_S)
    await waiting
