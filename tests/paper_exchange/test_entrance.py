"""The entrance for callers in the same process: the same answers, faults and delays as sockets."""

from __future__ import annotations

import json

from aiohttp import web

from daemon.paper_exchange.binance.mount import mount_binance
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.wire_call import Cut, WireRequest
from tests.paper_exchange.trading_floor import bare_floor


class Hall:
    """An exchange without sockets, its delays noted instead of waited for."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.now_ms = 1_800_000_000_000
        floor = bare_floor()
        self.faults = FaultBook(now_ms=lambda: self.now_ms, sleep=self._sleep)
        self.host = PaperHost(
            engines={"binance": floor.engine},
            clock=floor.clock,
            faults=self.faults,
            wall_ms=lambda: self.now_ms,
        )
        mount_binance(web.Application(), self.host.seen_by("binance"))

    async def ask(self, path: str, method: str = "GET") -> tuple[int, object, Cut | None]:
        answer = await self.host.entrance.answer(WireRequest(method=method, path=path))
        assert answer is not None
        is_json = answer.content_type == "application/json"
        return answer.status, json.loads(answer.body) if is_json else None, answer.cut

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ms += int(seconds * 1000)


async def test_a_request_made_here_is_answered_as_over_a_socket() -> None:
    hall = Hall()
    assert await hall.ask("/fapi/v1/time") == (200, {"serverTime": hall.now_ms}, None)
    assert (await hall.ask("/fapi/v1/nothing"))[0] == 404
    assert (await hall.ask("/fapi/v3/account"))[0] == 401
    assert await hall.host.entrance.answer(WireRequest("GET", "/nowhere")) is None
    assert hall.host.entrance.requests["binance"] == 3


async def test_faults_need_no_socket_and_no_real_time() -> None:
    hall = Hall()
    hall.faults.plan({"kind": "drop_after"})
    hall.faults.plan({"kind": "delay", "delay_s": 600})
    hall.faults.plan({"kind": "timeout"})
    assert (await hall.ask("/fapi/v1/time"))[2] is Cut.BEFORE
    before_ms = hall.now_ms
    assert (await hall.ask("/fapi/v1/time"))[0] == 200
    assert hall.slept == [600.0]
    assert hall.now_ms == before_ms + 600_000
    assert (await hall.ask("/fapi/v1/time"))[0] == 408
    assert hall.faults.is_idle


async def test_a_seed_decides_the_same_whenever_it_is_asked() -> None:
    seen: list[list[int]] = []
    for _ in range(2):
        hall = Hall()
        rates = {"timeout": 0.2, "bad_gateway": 0.2}
        hall.faults.plan({"kind": "swarm", "seed": 9, "rates": rates})
        seen.append([(await hall.ask("/fapi/v1/ping"))[0] for _ in range(60)])
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 408, 502}


async def test_the_clock_of_one_exchange_can_be_wrong() -> None:
    hall = Hall()
    hall.host.skews_ms["binance"] = -5_000
    assert (await hall.ask("/fapi/v1/time"))[1] == {"serverTime": hall.now_ms - 5_000}


async def test_what_fails_here_is_the_exchanges_own_error() -> None:
    hall = Hall()

    def fail(request: WireRequest) -> None:
        raise RuntimeError(request.path)

    app = web.Application()
    hall.host.entrance.add(app, "binance", "GET", "/fapi/v1/broken", fail)  # type: ignore[arg-type]
    hall.host.entrance.add(app, "bybit", "GET", "/v5/broken", fail)  # type: ignore[arg-type]
    status, body, _ = await hall.ask("/fapi/v1/broken")
    assert (status, dict(body)["code"]) == (500, -1000)  # type: ignore[call-overload]
    status, body, _ = await hall.ask("/v5/broken")
    assert (status, dict(body)["retCode"]) == (200, 10016)  # type: ignore[call-overload]
