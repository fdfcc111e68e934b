"""``/ws-fapi/v1``: requests and answers over one WebSocket, signed one by one or by a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Call, Dialect, Endpoint
from daemon.paper_exchange.binance.codes import WireError, missing, wire_error
from daemon.paper_exchange.binance.limits import ORDERS_PER_MINUTE, ORDERS_PER_TEN_SECONDS
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.public_keys import is_ed25519
from daemon.paper_exchange.binance.rest import weigh
from daemon.paper_exchange.binance.signing import (
    Security,
    check_engine_window,
    check_rights,
    check_window,
    identify,
)
from daemon.paper_exchange.binance.web_socket import Socket
from daemon.paper_exchange.binance.ws_messages import Request, check_signed, read_message
from daemon.paper_exchange.binance.ws_methods import METHODS
from daemon.paper_exchange.refusals import Refused

HANDSHAKE_WEIGHT: Final = 5
_SESSION_METHODS: Final = ("session.logon", "session.status", "session.logout")


@dataclass(slots=True)
class Session:
    """What a connection remembers of its client."""

    ip: str
    connected_ms: int
    rate_limits: bool = True
    account: Account | None = None
    authorised_ms: int | None = None

    def whose(self) -> str:
        """Return the API key that has logged on, '' for none."""
        return self.account.api_key if self.account is not None else ""


class WsApi:
    """Serves the connections of the WebSocket API."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._sockets: set[Socket] = set()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it closes."""
        options = self.dialect.options
        session = Session(ip=request.remote or "", connected_ms=self.dialect.host.wall_ms())
        session.rate_limits = request.query.get("returnRateLimits", "true").lower() != "false"
        socket = Socket(
            self.dialect.host.sockets,
            ping_s=options.ping_s,
            life_s=options.life_s,
            messages_a_second=None,
        )
        await socket.open(request, whose=session.whose)
        self._sockets.add(socket)
        try:
            self.dialect.limits.spend(session.ip, HANDSHAKE_WEIGHT, session.connected_ms)
            await socket.run(lambda text: self.answer(session, text))
        except WireError as error:
            await socket.close(1008, error.message.encode()[:120])
        finally:
            socket.leave()
            self._sockets.discard(socket)
        return socket.response

    async def close(self) -> None:
        """Close every connection."""
        for socket in list(self._sockets):
            await socket.close(1001, b"server shutdown")

    def answer(self, session: Session, text: str) -> bytes:
        """Answer one message; whatever was sent, this does not raise."""
        now_ms = self.dialect.host.wall_ms()
        request = Request(None, "", {})
        body: dict[str, Any]
        try:
            read_message(text, request)
            body = {"status": 200, "result": self._work(session, request, now_ms)}
        except WireError as error:
            body = _failure(error, now_ms)
        except Refused as refused:
            body = _failure(wire_error(refused), now_ms)
        wanted = session.rate_limits if request.rate_limits is None else request.rate_limits
        limits = {"rateLimits": self._limits(session, request, now_ms)} if wanted else {}
        return orjson.dumps({"id": request.id, **body, **limits})

    def _work(self, session: Session, request: Request, now_ms: int) -> Any:
        parameters = Parameters(request.values)
        if request.method in _SESSION_METHODS:
            self.dialect.limits.spend(session.ip, 2, now_ms)
            return self._work_session(session, request, now_ms)
        endpoint = METHODS.get(request.method)
        if endpoint is None:
            self.dialect.limits.spend(session.ip, 1, now_ms)
            raise WireError(-1099, "Not found, unauthenticated, or unauthorized.", status=404)
        self.dialect.limits.spend(session.ip, weigh(endpoint.weight, parameters), now_ms)
        call = Call(dialect=self.dialect, parameters=parameters, maybe_account=None)
        if endpoint.security is not Security.NONE:
            call.maybe_account = self._admit(session, request, endpoint, now_ms)
        return endpoint.handler(call)

    def _admit(
        self, session: Session, request: Request, endpoint: Endpoint, now_ms: int
    ) -> Account:
        values = request.values
        if session.account is not None and "signature" not in values:
            key = values.get("apiKey") or session.account.api_key
            if key != session.account.api_key:
                raise missing("signature")
        else:
            key = values.get("apiKey", "")
        account = identify(self.dialect.engine, key, session.ip, now_ms)
        if endpoint.security is Security.KEY:
            return account
        good_until_ms = check_window(values, now_ms)
        if session.account is not account or "signature" in values:
            check_signed(account, values)
        check_rights(account, endpoint.security, session.ip)
        if endpoint.orders:
            count = weigh(endpoint.orders, Parameters(values))
            request.counts = self.dialect.limits.count_order(account.api_key, count, now_ms)
            check_engine_window(good_until_ms, now_ms + self.dialect.options.engine_lag_ms)
        return account

    def _work_session(self, session: Session, request: Request, now_ms: int) -> dict[str, Any]:
        if request.method == "session.logon":
            key = request.values.get("apiKey", "")
            account = identify(self.dialect.engine, key, session.ip, now_ms)
            self._check_key_kind(account)
            check_window(request.values, now_ms)
            check_signed(account, request.values)
            session.account, session.authorised_ms = account, now_ms
        elif request.method == "session.logout":
            session.account, session.authorised_ms = None, None
        return {
            "apiKey": session.account.api_key if session.account else None,
            "authorizedSince": session.authorised_ms,
            "connectedSince": session.connected_ms,
            "returnRateLimits": session.rate_limits,
            "serverTime": now_ms,
        }

    def _check_key_kind(self, account: Account) -> None:
        """Refuse a session to a key that is not Ed25519, unless the switch lets HMAC keys in."""
        if account.public_key and not is_ed25519(account.public_key):
            raise WireError(-4056, "RSA API key is not supported.")
        if not account.public_key and not self.dialect.options.hmac_logon:
            raise WireError(-4056, "HMAC_SHA256 API key is not supported.")

    def _limits(self, session: Session, request: Request, now_ms: int) -> list[dict[str, Any]]:
        limits = [
            _limit("ORDERS", "SECOND", 10, ORDERS_PER_TEN_SECONDS, request.counts[name])
            for name in ("X-MBX-ORDER-COUNT-10S",)
            if name in request.counts
        ]
        limits += [
            _limit("ORDERS", "MINUTE", 1, ORDERS_PER_MINUTE, request.counts[name])
            for name in ("X-MBX-ORDER-COUNT-1M",)
            if name in request.counts
        ]
        used = self.dialect.limits.used(session.ip, now_ms)
        weight = self.dialect.options.weight_limit
        return [*limits, _limit("REQUEST_WEIGHT", "MINUTE", 1, weight, used)]


def _failure(error: WireError, now_ms: int) -> dict[str, Any]:
    body = error.body()
    if error.status in {418, 429} and "Retry-After" in error.headers:
        until_ms = now_ms + int(error.headers["Retry-After"]) * 1000
        body["data"] = {"serverTime": now_ms, "retryAfter": until_ms}
    return {"status": error.status, "error": body}


def _limit(kind: str, unit: str, number: int, limit: int, count: int | str) -> dict[str, Any]:
    return {
        "rateLimitType": kind,
        "interval": unit,
        "intervalNum": number,
        "limit": limit,
        "count": int(count),
    }
