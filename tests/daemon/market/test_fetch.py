"""Fetching real candles, against a server that answers in the exchanges' shapes."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from daemon.exchanges.public_candles import MINUTE_MS, TRIES_MAX
from daemon.market.fetch import HEADER, fetch_all
from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable

FIRST_MS = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1000
HOLE_MS = FIRST_MS + 700 * MINUTE_MS


class ExchangeStub:
    """Knows BTCUSDT, with one minute missing; can be told to fail first."""

    def __init__(self) -> None:
        self.failures = 0
        self.requests = 0

    async def binance(self, request: web.Request) -> web.Response:
        if self._fails():
            return web.Response(status=503)
        if request.query["symbol"] != "BTCUSDT":
            return web.json_response({"code": -1121, "msg": "Invalid symbol."}, status=400)
        start, end = int(request.query["startTime"]), int(request.query["endTime"])
        return web.json_response(self._rows(start, end, int(request.query["limit"])))

    async def bybit(self, request: web.Request) -> web.Response:
        start, end = int(request.query["start"]), int(request.query["end"])
        rows = self._rows(start, end, 100_000)[-int(request.query["limit"]) :]
        listed = [[str(value) for value in row] for row in reversed(rows)]
        result = {"category": "linear", "symbol": request.query["symbol"], "list": listed}
        return web.json_response({"retCode": 0, "retMsg": "OK", "result": result, "time": end})

    def _fails(self) -> bool:
        self.requests += 1
        return self.requests <= self.failures

    @staticmethod
    def _rows(start: int, end: int, limit: int) -> list[list[object]]:
        opens = range(-(-start // MINUTE_MS) * MINUTE_MS, end + 1, MINUTE_MS)
        rows = [
            [opened, "1827.290", "1827.68", "1827.27", "1827.53", "763.561", opened + 59_999]
            for opened in opens
            if opened != HOLE_MS
        ]
        return rows[:limit]


@pytest.fixture
def stub() -> ExchangeStub:
    return ExchangeStub()


@pytest.fixture
async def rest_url(stub: ExchangeStub) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/fapi/v1/klines", stub.binance)
    app.router.add_get("/v5/market/kline", stub.bybit)
    server = TestServer(app)
    await server.start_server()
    yield f"http://127.0.0.1:{server.port}"
    await server.close()


async def fetch(rest_url: str, folder: Path, **changes: object) -> list[Path]:
    options: dict[str, object] = {
        "exchange": Exchange.BINANCE,
        "symbols": ["BTCUSDT"],
        "first_day": date(2026, 3, 1),
        "days": 2,
    }
    clock = FrozenClock(datetime(2026, 3, 10, 9, 30, tzinfo=UTC))
    return await fetch_all(**(options | changes), folder=folder, clock=clock, rest_url=rest_url)  # type: ignore[arg-type]


def read(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("exchange", list(Exchange))
async def test_candles_are_written_as_the_exchange_wrote_them(
    exchange: Exchange, rest_url: str, tmp_path: Path
) -> None:
    [path] = await fetch(rest_url, tmp_path / "candles", exchange=exchange)
    lines = read(path)
    assert path.name == "BTCUSDT_2026-03-01.csv.gz"
    assert lines[0] == HEADER
    assert lines[1] == f"{FIRST_MS},1827.290,1827.68,1827.27,1827.53,763.561"
    opens = [int(line.split(",")[0]) for line in lines[1:]]
    expected = [FIRST_MS + minute * MINUTE_MS for minute in range(2 * 24 * 60)]
    assert opens == [opened for opened in expected if opened != HOLE_MS]


async def test_the_day_that_is_not_over_is_left_out(rest_url: str, tmp_path: Path) -> None:
    [path] = await fetch(rest_url, tmp_path, first_day=date(2026, 3, 9), days=5)
    last = int(read(path)[-1].split(",")[0])
    assert last == int(datetime(2026, 3, 9, 23, 59, tzinfo=UTC).timestamp()) * 1000


async def test_a_passing_failure_is_tried_again(
    stub: ExchangeStub, rest_url: str, tmp_path: Path
) -> None:
    stub.failures = TRIES_MAX - 1
    assert await fetch(rest_url, tmp_path)


async def test_an_exchange_that_does_not_answer_leaves_no_file(
    stub: ExchangeStub, rest_url: str, tmp_path: Path
) -> None:
    stub.failures = 1_000
    with pytest.raises(ExchangeUnavailable, match=f"does not answer after {TRIES_MAX} tries"):
        await fetch(rest_url, tmp_path)
    assert names(tmp_path) == []


async def test_an_unknown_symbol_is_refused_by_name(rest_url: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeRejected, match="refuses NONE"):
        await fetch(rest_url, tmp_path, symbols=["NONE"])
