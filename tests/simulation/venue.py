"""Both exchanges in this process: the paper exchange's own engines and request handlers.

A request goes through the application's routes like one from a socket; only the socket is missing.
The engines keep the ground truth that every checker believes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.http_writer import HttpVersion
from aiohttp.streams import EMPTY_PAYLOAD
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from daemon.exchanges.transport import HttpRequest, RawResponse
from daemon.paper_exchange import bybit
from daemon.paper_exchange.accounts import Account, Permissions
from daemon.paper_exchange.binance.mount import mount_binance
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import CreateAccount
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.maintenance import is_closed
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.prices import TickedSource
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.wire_call import WireRequest
from tests.simulation.loop import VirtualLoop
from tests.simulation.prices import QuietSource
from tests.simulation.sockets import LINK, Link

BASE_URL = "http://127.0.0.1:9100"
_HTTP = HttpVersion(1, 1)


class _Protocol:
    """What a request asks of its connection."""

    ssl_context = None
    sockname = ("127.0.0.1", 9100)
    transport = None

    def __init__(self, address: str) -> None:
        self.peername = (address, 0)


class Venue:
    """Both exchanges of one world.

    Attributes:
        faults: what the exchanges themselves do on bad days: they close for maintenance.
        held_ms: server time that handlers see instead of the present: what the gateway took in
            earlier is worked as of then.
    """

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.held_ms: int | None = None
        now_ms = int(loop.now * 1000)
        clock = MarketClock(market_ms=now_ms, speed=1.0, monotonic=loop.time)
        source = QuietSource(now_ms)
        self.engines = {
            name: Engine(
                profile=profile,
                instruments=INSTRUMENTS[name],
                source=TickedSource(source, INSTRUMENTS[name]),
                clock=clock,
            )
            for name, profile in PROFILES.items()
        }
        self.faults = FaultBook(now_ms=lambda: int(loop.now * 1000))
        self.host = PaperHost(
            engines=self.engines, clock=clock, wall_ms=self.wall_ms, faults=self.faults
        )
        self._app = web.Application()
        mount_binance(self._app, self.host)
        bybit.mount(self._app, self.host)
        self._app.freeze()

    def wall_ms(self) -> int:
        """Return the server's time."""
        return int(self._loop.now * 1000) if self.held_ms is None else self.held_ms

    def open_account(self, exchange: str, key: str, secret: str, balance: Decimal) -> None:
        """Open an account with money."""
        self.engines[exchange].create_account(
            CreateAccount(
                api_key=key,
                api_secret=secret,
                label=key,
                balance=balance,
                permissions=Permissions(),
            )
        )

    def account(self, exchange: str, key: str) -> Account:
        """Return what the exchange knows of an account."""
        return self.engines[exchange].accounts[key]

    def tick(self) -> None:
        """Bring both markets to the present."""
        for engine in self.engines.values():
            engine.tick()

    async def answer(self, request: HttpRequest, *, address: str) -> RawResponse:
        """Work one request and return the answer."""
        path, _, query = request.url[request.url.index("/", 8) :].partition("?")
        served = WireRequest(
            method=request.method,
            path=path,
            query=query,
            headers=CIMultiDict(request.headers),
            body=(request.body or "").encode(),
            remote=address,
        )
        answer = await self.host.entrance.answer(served)
        assert answer is not None, path
        return RawResponse(answer.status, CIMultiDict(answer.headers), answer.body)

    async def serve(self, url: str, *, address: str, link: Link) -> None:
        """Serve one stream until it ends; `link` is both ends' socket."""
        served = self.request_of("GET", url, {}, address)
        served[LINK] = link
        await self._app._handle(served)

    def is_closed_to(self, url: str) -> bool:
        """Tell whether a stream is refused because its exchange is under maintenance."""
        return is_closed(self.faults, "bybit" if "/v5/" in url else "binance")

    @contextmanager
    def as_of(self, moment_ms: int) -> Iterator[None]:
        """Work what comes as if the gateway saw it at an earlier moment."""
        before, self.held_ms = self.held_ms, moment_ms
        try:
            yield
        finally:
            self.held_ms = before

    def request_of(
        self, method: str, url: str, headers: Mapping[str, str], address: str
    ) -> web.Request:
        """Return the request as the server would have read it."""
        path = url[url.index("/", 8) :]
        several = CIMultiDictProxy(CIMultiDict(headers))
        message = RawRequestMessage(
            method, path, _HTTP, several, (), False, None, False, False, URL(path, encoded=True)
        )
        make: Callable[..., web.Request] = web.Request
        return make(message, EMPTY_PAYLOAD, _Protocol(address), None, None, self._loop)
