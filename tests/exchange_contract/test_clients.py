"""The independent clients run and reach the paper exchange."""

import time

import pytest

from tests.exchange_contract.clients import run_client
from tests.paper import running_paper_exchange


async def test_the_makers_own_clients_read_the_time_of_both_exchanges() -> None:
    before_ms = int(time.time() * 1000)
    async with running_paper_exchange() as paper:
        rows = await run_client("server_times", url=paper.url)
    assert [row["exchange"] for row in rows] == ["binance", "bybit"]
    for row in rows:
        assert before_ms - 1 <= row["time_ms"] <= int(time.time() * 1000) + 1


async def test_a_script_that_fails_tells_why() -> None:
    with pytest.raises(AssertionError, match="KeyError: 'url'"):
        await run_client("server_times")
