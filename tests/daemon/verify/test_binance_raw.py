"""Looking at an account from outside leaves its address enough for the daemons."""

from datetime import UTC, datetime

import aiohttp
import pytest

from daemon.verify.binance_raw import USED_MAX, BinanceReader
from daemon.verify.facts import Period
from patriot_app.core.clock import FrozenClock
from patriot_app.core.errors import ExchangeUnavailable
from tests.daemon.exchanges.scripted_server import Seen, json_answer, scripted_server

BEGAN = datetime(2026, 5, 4, 12, 0, 20, tzinfo=UTC)
ACCOUNT = {"assets": [{"asset": "USDT", "walletBalance": "100"}]}


def answer_to(seen: Seen, *, headers: str = "") -> bytes:
    return json_answer(ACCOUNT if "/account" in seen.target else [], headers=headers)


async def seconds_waited(script: list[tuple[int, str]]) -> float:
    """Read an account whose first answers are told by status and headers; return what was waited."""
    clock, left = FrozenClock(BEGAN), list(script)

    def answer(seen: Seen) -> bytes:
        status, headers = left.pop(0) if left else (200, "")
        if status != 200:
            return json_answer({"code": -1003}, status=status, headers=headers)
        return answer_to(seen, headers=headers)

    async with scripted_server() as server, aiohttp.ClientSession() as http:
        server.script = answer
        reader = BinanceReader(http, server.url, "key", "secret", clock)
        side = await reader.read(["BTCUSDT"], prefix="p", period=Period(0, 1))
        assert side.wallet == 100
    return (clock.now() - BEGAN).total_seconds()


async def test_nothing_is_waited_for_while_the_address_has_room() -> None:
    assert await seconds_waited([(200, f"X-MBX-USED-WEIGHT-1M: {USED_MAX - 1}\r\n")]) == 0


async def test_the_next_minute_is_waited_for_once_little_is_left() -> None:
    assert await seconds_waited([(200, f"X-MBX-USED-WEIGHT-1M: {USED_MAX}\r\n")]) == 40


async def test_one_request_too_many_is_asked_again_after_the_silence_that_was_asked_for() -> None:
    assert await seconds_waited([(429, "Retry-After: 50\r\n")]) == 50


async def test_an_address_that_stays_used_up_is_told() -> None:
    with pytest.raises(ExchangeUnavailable, match="used up"):
        await seconds_waited([(429, "Retry-After: 1\r\n")] * 3)
