"""The way from a node to an exchange, and everything that can happen on it to one request.

What has left the node goes on without it: a node that dies or stops changes nothing for a request
on its way.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from multidict import CIMultiDict

from daemon.exchanges.transport import HttpRequest, NotSent, RawResponse, SentUnknown

if TYPE_CHECKING:
    from tests.simulation.node import Node
    from tests.simulation.world import World

CLIENT_ORDER_ID = re.compile(r"ptp[a-z2-7]{24}-[0-9a-z]{1,2}")
_KINDS = {
    ("POST", "/fapi/v1/order"): "place",
    ("DELETE", "/fapi/v1/order"): "cancel",
    ("POST", "/fapi/v1/algoOrder"): "place_stop",
    ("DELETE", "/fapi/v1/algoOrder"): "cancel_stop",
    ("POST", "/fapi/v1/leverage"): "leverage",
    ("POST", "/v5/order/create"): "place",
    ("POST", "/v5/order/cancel"): "cancel",
    ("POST", "/v5/position/set-leverage"): "leverage",
    ("GET", "/fapi/v1/order"): "look_up",
    ("GET", "/fapi/v1/algoOrder"): "look_up",
    ("GET", "/v5/order/realtime"): "look_up",
    ("GET", "/v5/order/history"): "look_up",
}
WRITES = frozenset({"place", "place_stop", "cancel", "cancel_stop", "leverage"})

WRITE_FAULTS = (
    ("refused", 0.03),
    ("reset_before", 0.02),
    ("lost", 0.04),
    ("late", 0.05),
    ("engine_queue", 0.05),
    ("late_then_queued", 0.03),
    ("answer_lost", 0.06),
    ("reset_after", 0.03),
    ("unknown_503_worked", 0.03),
    ("unknown_503_dropped", 0.02),
    ("unavailable_503", 0.02),
    ("html_200", 0.03),
    ("truncated_json", 0.03),
    ("empty_200", 0.02),
    ("other_id_echoed", 0.02),
    ("gateway_502_worked", 0.02),
    ("gateway_502_dropped", 0.02),
    ("server_timeout_worked", 0.03),
    ("server_timeout_dropped", 0.02),
    ("server_timeout_queued", 0.02),
    ("too_many_429", 0.01),
    ("banned_418", 0.004),
    ("slow_answer", 0.05),
)
READ_FAULTS = (
    ("read_lost", 0.03),
    ("read_refused", 0.02),
    ("read_html", 0.02),
    ("read_502", 0.02),
    ("read_truncated", 0.01),
    ("too_many_429", 0.004),
    ("banned_418", 0.002),
    ("slow_read", 0.03),
    ("stale_read", 0.04),
)
_NOT_WORKED = frozenset(
    {
        "unknown_503_dropped",
        "unavailable_503",
        "gateway_502_dropped",
        "server_timeout_dropped",
        "server_timeout_queued",
        "too_many_429",
        "banned_418",
        "read_502",
    }
)
_TIMEOUT = (408, -1007, "Timeout waiting for response.", 10016, "Server error.")
_IN_TWO_DIALECTS = {
    "server_timeout_worked": _TIMEOUT,
    "server_timeout_dropped": _TIMEOUT,
    "server_timeout_queued": _TIMEOUT,
    "too_many_429": (429, -1003, "Too many requests.", 10006, "Too many visits!"),
    "banned_418": (418, -1003, "Way too many requests.", 10006, "Too many visits!"),
}
"""Status, code and words of Binance; code and words of Bybit."""
_HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


@dataclass(slots=True)
class Departure:
    """One request that left a node."""

    at: float
    kind: str
    is_write: bool
    key: str
    database_down_since: float | None


@dataclass(slots=True)
class Wire:
    """A node's transport.

    Attributes:
        silent_until: by host, as the exchange told this node.
        departures: what has left, for the checkers.
        broken: requests that left although the exchange had asked for silence.
        refused: answers of the exchange itself that a limit was passed.
        foreign: cancels that name no order of ours.
    """

    world: "World"
    node: "Node"
    silent_until: dict[str, float] = field(default_factory=dict)
    departures: list[Departure] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    former: dict[str, RawResponse] = field(default_factory=dict)

    async def send(
        self, request: HttpRequest, *, timeout_s: float, local_address: str | None = None
    ) -> RawResponse:
        kind = kind_of(request)
        self.node.check()
        if kind in WRITES:
            await self.node.point(f"{kind}.before")
        self._note(request, kind)
        answer: asyncio.Future[RawResponse] = self.world.loop.create_future()
        self.world.spawn(self._carry(request, kind, answer, timeout_s))
        try:
            async with asyncio.timeout(timeout_s):
                response = await answer
        except TimeoutError:
            raise SentUnknown("TimeoutError") from None
        finally:
            self.node.check()
        self._listen(request, response)
        if kind in WRITES:
            await self.node.point(f"{kind}.after")
        return response

    async def prewarm(self, url: str, *, connections: int, local_address: str | None) -> None:
        """Do nothing: there are no connections to open."""

    async def close(self) -> None:
        """Do nothing."""

    async def _carry(
        self,
        request: HttpRequest,
        kind: str,
        answer: "asyncio.Future[RawResponse]",
        timeout_s: float,
    ) -> None:
        is_write = kind in WRITES
        self.world.writes_under_way += is_write
        try:
            await self._deliver(request, kind, answer, timeout_s)
        finally:
            self.world.writes_under_way -= is_write

    async def _deliver(
        self,
        request: HttpRequest,
        kind: str,
        answer: "asyncio.Future[RawResponse]",
        timeout_s: float,
    ) -> None:
        chance = self.world.chance
        fault = self._fault(request, kind)
        await asyncio.sleep(chance.between(0.005, 0.08))
        try:
            response = await self._meet(request, kind, fault, timeout_s)
        except (NotSent, SentUnknown) as error:
            if not answer.done():
                answer.set_exception(error)
            return
        await asyncio.sleep(chance.between(0.005, 0.08))
        if response is not None and not answer.done():
            answer.set_result(response)

    def _fault(self, request: HttpRequest, kind: str) -> str:
        account = key_of(request)
        if not self.world.may_disturb(account):
            return ""
        for name, probability in WRITE_FAULTS if kind in WRITES else READ_FAULTS:
            if name == "stale_read" and look_of(request) not in self.former:
                continue
            if self.world.chance.strikes(name, probability):
                self.world.note_disturbed(account, name)
                return name
        return ""

    async def _meet(
        self, request: HttpRequest, kind: str, fault: str, timeout_s: float
    ) -> RawResponse | None:
        """Let the exchange work the request, or not; None where no answer ever comes."""
        world, chance = self.world, self.world.chance
        if fault in {"refused", "read_refused"}:
            raise NotSent("ConnectionRefusedError")
        if fault in {"lost", "read_lost", "reset_before"}:
            return self._lose(fault)
        if fault in {"late", "engine_queue", "late_then_queued"}:
            await self._work_late(request, fault, timeout_s)
            return None
        if fault == "server_timeout_queued":
            world.spawn(self._work_queued(request, world.venue.wall_ms()))
        if fault in _NOT_WORKED:
            return disturbed(fault, request, None, chance.between(1, 6))
        if fault in {"slow_answer", "slow_read"}:
            response = await self._work(request)
            await asyncio.sleep(chance.between(0.5, timeout_s * 0.95))
            return response
        if fault == "stale_read":
            return self.former[look_of(request)]
        response = await self._work(request)
        if fault in {"answer_lost", "reset_after"}:
            return self._lose(fault)
        if kind == "look_up":
            self.former[look_of(request)] = response
            if world.is_invisible(request):
                return not_found(request)
        return disturbed(fault, request, response, 0.0) if fault else response

    def _lose(self, fault: str) -> None:
        """Let no answer come: by silence, or by a connection that breaks."""
        if fault.startswith("reset"):
            raise SentUnknown("ConnectionResetError")

    async def _work_late(self, request: HttpRequest, fault: str, timeout_s: float) -> None:
        """Let a request reach the gateway late, or wait there for the engine."""
        world, chance = self.world, self.world.chance
        if fault == "late":
            await asyncio.sleep(chance.between(timeout_s * 0.5, timeout_s + 6))
            await self._work(request)
            return
        if fault == "late_then_queued":
            await asyncio.sleep(chance.between(0.3, 0.9) * world.settings.receive_window_ms / 1000)
        await self._work_queued(request, world.venue.wall_ms())

    async def _work_queued(self, request: HttpRequest, taken_ms: int) -> None:
        """Let the engine work later what the gateway has taken."""
        world = self.world
        world.writes_under_way += 1
        try:
            await asyncio.sleep(world.chance.between(0.05, world.visibility_s(request) * 0.9))
            with world.venue.as_of(taken_ms):
                await self._work(request)
        finally:
            world.writes_under_way -= 1

    async def _work(self, request: HttpRequest) -> RawResponse:
        response = await self.world.venue.answer(request, address=self.node.address)
        if response.status in {403, 418, 429}:
            self.refused.append(f"{request.method} {response.status} at {self.world.loop.now:.3f}")
        return response

    def _note(self, request: HttpRequest, kind: str) -> None:
        now, host = self.world.loop.now, host_of(request)
        if now < self.silent_until.get(host, 0.0):
            self.broken.append(f"{kind} left during a ban of {host} at {now:.3f}")
        if kind.startswith("cancel") and not CLIENT_ORDER_ID.search(
            request.url + (request.body or "")
        ):
            self.foreign.append(f"{kind} at {now:.3f}")
        self.departures.append(
            Departure(now, kind, kind in WRITES, key_of(request), self.node.database_down_since())
        )

    def _listen(self, request: HttpRequest, response: RawResponse) -> None:
        if response.status in {429, 418} and "Retry-After" in response.headers:
            until = self.world.loop.now + float(response.headers["Retry-After"])
            host = host_of(request)
            self.silent_until[host] = max(self.silent_until.get(host, 0.0), until)


def kind_of(request: HttpRequest) -> str:
    """Return what a request is for: one of the writes, a look-up, or a read."""
    path = request.url[request.url.index("/", 8) :].partition("?")[0]
    return _KINDS.get((request.method, path), "read")


def key_of(request: HttpRequest) -> str:
    """Return the API key of a request, "" if it has none."""
    headers = CIMultiDict(request.headers)
    return headers.get("X-MBX-APIKEY") or headers.get("X-BAPI-API-KEY") or ""


def host_of(request: HttpRequest) -> str:
    """Return which exchange a request goes to; both have the same address here."""
    return "bybit" if "/v5/" in request.url else "binance"


def look_of(request: HttpRequest) -> str:
    """Return what a look-up asks for, whenever it was signed."""
    path = request.url.partition("?")[0]
    found = CLIENT_ORDER_ID.search(request.url)
    return f"{path} {found.group() if found else ''}"


def not_found(request: HttpRequest) -> RawResponse:
    """Return the answer to a look-up of an order that is not there."""
    if host_of(request) == "bybit":
        body: dict[str, Any] = {"retCode": 0, "retMsg": "OK", "result": {"list": []}}
        return _json(200, body)
    return _json(400, {"code": -2013, "msg": "Order does not exist."})


def disturbed(
    fault: str, request: HttpRequest, response: RawResponse | None, seconds: float
) -> RawResponse:
    """Return what the client reads in place of the answer."""
    body = b"" if response is None else response.body
    match fault:
        case "html_200" | "read_html":
            return RawResponse(200, CIMultiDict({"Content-Type": "text/html"}), _HTML)
        case "truncated_json" | "read_truncated":
            return RawResponse(200, CIMultiDict(), body[: len(body) // 2])
        case "empty_200":
            return RawResponse(200, CIMultiDict(), b"")
        case "other_id_echoed":
            return RawResponse(200, CIMultiDict(), CLIENT_ORDER_ID.sub("x", body.decode()).encode())
        case "gateway_502_worked" | "gateway_502_dropped" | "read_502":
            return RawResponse(502, CIMultiDict(), _HTML)
        case "unknown_503_worked" | "unknown_503_dropped":
            text = "Unknown error, please check your request or try again later."
            return _json(503, {"code": -1000, "msg": text})
        case "unavailable_503":
            return _json(503, {"code": -1008, "msg": "Service Unavailable."})
    status, code, words, bybit_code, bybit_words = _IN_TWO_DIALECTS[fault]
    if host_of(request) == "bybit":
        return _json(200, {"retCode": bybit_code, "retMsg": bybit_words, "result": {}})
    wait = str(int(seconds) + 1) if status in {418, 429} else ""
    return _json(status, {"code": code, "msg": words}, wait)


def _json(status: int, body: dict[str, Any], retry_after: str = "") -> RawResponse:
    headers = CIMultiDict({"Retry-After": retry_after} if retry_after else {})
    return RawResponse(status, headers, orjson.dumps(body))
