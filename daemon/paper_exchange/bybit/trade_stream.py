"""Bybit's trade websocket: orders as messages, answered one by one.

Source: https://bybit-exchange.github.io/docs/v5/websocket/trade/guideline
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.connection import Connection, Json
from daemon.paper_exchange.bybit.errors import BybitError, Code
from daemon.paper_exchange.bybit.gate import Gate
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.refusals import bybit_error
from daemon.paper_exchange.bybit.signing import check_window
from daemon.paper_exchange.bybit.trading import Trading
from daemon.paper_exchange.refusals import Refused

SESSION_LIMIT: Final = 200
"""Requests of one connection in a second; beyond them it is told 20003."""
SESSION_WINDOW_MS: Final = 1000
REQUEST_IDS_MAX: Final = 10_000
"""Request ids that a connection remembers, to find one that comes twice."""
REQUEST_ID_LENGTH_MAX: Final = 36

Answer = Callable[[Account, Body], "Json | tuple[Json, Json]"]


@dataclass(slots=True)
class _Session:
    """What one connection has sent lately."""

    times_ms: deque[int] = field(default_factory=deque)
    request_ids: dict[str, None] = field(default_factory=dict)

    def count(self, now_ms: int) -> bool:
        """Count a request; False when there are too many in this second."""
        while self.times_ms and self.times_ms[0] <= now_ms - SESSION_WINDOW_MS:
            self.times_ms.popleft()
        if len(self.times_ms) >= SESSION_LIMIT:
            return False
        self.times_ms.append(now_ms)
        return True

    def remember(self, request_id: str) -> bool:
        """Keep a request id; False when it was used before."""
        if request_id in self.request_ids:
            return False
        self.request_ids[request_id] = None
        if len(self.request_ids) > REQUEST_IDS_MAX:
            del self.request_ids[next(iter(self.request_ids))]
        return True


class TradeStream:
    """Answers the requests of the connections to /v5/trade."""

    def __init__(self, gate: Gate, trading: Trading, wall_ms: Callable[[], int]) -> None:
        self._gate = gate
        self._wall_ms = wall_ms
        self._sessions: dict[Connection, _Session] = {}
        self._answers: Mapping[str, tuple[str, Answer]] = {
            "order.create": ("/v5/order/create", trading.create),
            "order.amend": ("/v5/order/amend", trading.amend),
            "order.cancel": ("/v5/order/cancel", trading.cancel),
            "order.create-batch": ("/v5/order/create-batch", trading.create_batch),
            "order.amend-batch": ("/v5/order/amend-batch", trading.amend_batch),
            "order.cancel-batch": ("/v5/order/cancel-batch", trading.cancel_batch),
        }

    def forget(self, connection: Connection) -> None:
        """Drop a connection that has ended."""
        self._sessions.pop(connection, None)

    def handle(self, connection: Connection, message: Json) -> bool:
        """Answer one request; a failed login ends the connection."""
        operation = message.get("op")
        if operation == "ping":
            pong = {"retCode": 0, "retMsg": "OK", "op": "pong", "data": [str(self._wall_ms())]}
            connection.send_json(pong | {"connId": connection.id})
            return True
        if operation == "auth":
            return self._sign_in(connection, message)
        answer: Json = {"retCode": 0, "retMsg": "OK", "op": str(operation or "")[:64]}
        answer |= {"data": {}, "retExtInfo": {}}
        headers: dict[str, str] = {}
        try:
            result = self._work(connection, message, headers)
            if isinstance(result, tuple):
                answer["data"], answer["retExtInfo"] = result
            else:
                answer["data"] = result
        except (BybitError, Refused) as raised:
            error = raised if isinstance(raised, BybitError) else bybit_error(raised)
            answer |= {"retCode": error.code, "retMsg": error.message}
        headers |= {"Traceid": uuid4().hex, "Timenow": str(self._wall_ms())}
        connection.send_json(
            _request_id(message) | answer | {"header": headers, "connId": connection.id}
        )
        return True

    def _sign_in(self, connection: Connection, message: Json) -> bool:
        reply: Json = {"retCode": 0, "retMsg": "OK", "op": "auth", "connId": connection.id}
        try:
            if connection.api_key:
                raise BybitError(Code.STREAM_REPEATED_LOGIN)
            account = self._gate.sign_in_stream(
                message.get("args"), address=connection.address, now_ms=self._wall_ms()
            )
        except BybitError as error:
            reply |= {"retCode": error.code, "retMsg": error.message}
            connection.send_json(_request_id(message) | reply)
            return bool(connection.api_key)
        connection.api_key = account.api_key
        self._sessions[connection] = _Session()
        connection.send_json(_request_id(message) | reply)
        return True

    def _work(
        self, connection: Connection, message: Json, headers: dict[str, str]
    ) -> Json | tuple[Json, Json]:
        now_ms = self._wall_ms()
        session = self._sessions.get(connection)
        if session is None:
            raise BybitError(Code.AUTHENTICATION, message="Request not authorized")
        self._check_session(session, message, connection.address, now_ms)
        found = self._answers.get(str(message.get("op")))
        body = _read_args(message)
        if found is None or body.get("category") != "linear":
            raise BybitError(Code.STREAM_UNKNOWN_OPERATION)
        path, answer = found
        account = self._gate.account_of(connection.api_key)
        self._gate.check_key(account, address=connection.address, now_ms=now_ms)
        allowance = self._gate.take(account, path, body, is_read=False, now_ms=now_ms)
        headers.update(allowance.headers())
        if allowance.is_exceeded:
            raise BybitError(Code.RATE_LIMIT)
        self._gate.check_right(account, is_read=False)
        return answer(account, body)

    def _check_session(self, session: _Session, message: Json, address: str, now_ms: int) -> None:
        if not session.count(now_ms):
            raise BybitError(Code.STREAM_TOO_FREQUENT)
        if not self._gate.is_address_allowed(f"trade:{address}", now_ms=now_ms):
            raise BybitError(Code.STREAM_SYSTEM_LIMIT)
        request_id = str(message.get("reqId") or "")
        if len(request_id) > REQUEST_ID_LENGTH_MAX:
            raise BybitError(Code.PARAMETER, message="Params Error")
        if request_id and not session.remember(request_id):
            raise BybitError(Code.STREAM_REPEATED_REQUEST)
        header = message.get("header")
        if not isinstance(header, dict):
            raise BybitError(Code.PARAMETER, message="header is missing")
        lower = {str(name).upper(): str(value) for name, value in header.items()}
        check_window(
            lower.get("X-BAPI-TIMESTAMP", ""), lower.get("X-BAPI-RECV-WINDOW", ""), now_ms=now_ms
        )


def _read_args(message: Json) -> dict[str, Any]:
    """Take the one object that args holds; numbers of JSON become exact."""
    args = message.get("args")
    if not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], dict):
        raise BybitError(Code.PARAMETER, message="Params Error")
    exact: dict[str, Any] = {
        name: Decimal(str(value)) if isinstance(value, float) else value
        for name, value in args[0].items()
    }
    return exact


def _request_id(message: Json) -> Json:
    """Repeat the client's request id where it sent one."""
    return {"reqId": message["reqId"]} if "reqId" in message else {}
