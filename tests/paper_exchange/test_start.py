"""A paper exchange begins at any moment that an operator names."""

from datetime import UTC, datetime

import aiohttp

from daemon.paper_exchange.__main__ import read_moment
from daemon.paper_exchange.server import PaperExchange, PaperOptions


async def test_it_may_begin_in_the_middle_of_a_minute() -> None:
    start = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
    exchange = PaperExchange(PaperOptions(start=start, speed=1.0))
    url = await exchange.start()
    try:
        query = {"symbol": "BTCUSDT", "interval": "1m", "limit": "2"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/fapi/v1/klines", params=query) as answer,
        ):
            rows = await answer.json()
        assert answer.status == 200
        assert [row[0] % 60_000 for row in rows] == [0, 0]
        assert rows[-1][0] >= int(start.timestamp() * 1000) - 60_000
    finally:
        await exchange.stop()


def test_now_is_this_moment() -> None:
    before = datetime.now(UTC)
    assert before <= read_moment("now") <= datetime.now(UTC)
