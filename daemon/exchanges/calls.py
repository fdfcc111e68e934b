"""Sign, send, read: what every call to an exchange has in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from daemon import metrics
from daemon.exchanges.breakers import Breakers, Market, health_of
from daemon.exchanges.classifier import (
    Expected,
    Verdict,
    classify,
    classify_batch,
    code_of,
)
from daemon.exchanges.clients import WALLET, Call, ClientPool
from daemon.exchanges.clock_offsets import ClockOffsets
from daemon.exchanges.denials import Denials
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.maintenance_signs import MaintenanceSigns
from daemon.exchanges.read_errors import read_error
from daemon.exchanges.signed_write import SignedWrite
from daemon.exchanges.throttle import READ_LANE, Address, Lane, Throttle
from daemon.exchanges.transport import (
    HttpRequest,
    NotSent,
    RawResponse,
    SentUnknown,
    Transport,
    TransportError,
)
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.breakers import Answered, EndpointClass
from patriot_app.core.domain.orders import Outcome, WriteResult
from patriot_app.core.errors import ExchangeUnavailable

NOT_SENT = "not_sent"
"""Code of a write whose connection never stood. Its outcome is UNKNOWN like any other silence, and
its absence is cheap to prove: one rule fewer that could be wrong."""
NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: an account, or the exchange without a key."""

    exchange: Exchange
    mode: AccountMode
    session: AccountSession | None = None
    source_address: str | None = None

    @property
    def market(self) -> Market:
        return (self.exchange, self.mode)

    @property
    def address(self) -> Address:
        return (self.exchange, self.mode, self.source_address)


def target_of(session: AccountSession) -> Target:
    """Return the target of an account."""
    return Target(session.exchange, session.mode, session, session.source_address)


class Caller:
    """Calls with typed errors for reads and verdicts for writes."""

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        reads: Transport,
        writes: Transport,
        clock: Clock,
        throttle: Throttle,
        http_timeout_s: float,
        receive_window_ms: int,
    ) -> None:
        self.endpoints = endpoints
        self.reads = reads
        self.writes = writes
        self.clock = clock
        self.throttle = throttle
        self.pool = ClientPool(endpoints)
        self.offsets = ClockOffsets(clock)
        self.breakers = Breakers(clock)
        self.denials = Denials()
        self.signs = MaintenanceSigns()
        self._http_timeout_s = http_timeout_s
        self._receive_window_ms = receive_window_ms

    async def write(
        self,
        session: AccountSession,
        call: Call,
        params: dict[str, Any],
        expected: Expected,
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        """Sign a write, send it exactly once and judge the answer."""
        signed = self.sign(
            session,
            call,
            params,
            expected,
            timestamp_ms=timestamp_ms,
            receive_window_ms=receive_window_ms,
        )
        return await self.send(session, signed)

    def sign(
        self,
        session: AccountSession,
        call: Call,
        params: dict[str, Any],
        expected: Expected,
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> SignedWrite:
        """Build and sign a write under its pinned timestamp; nothing leaves."""
        request = self.pool.of(session).sign(
            call, params, timestamp_ms=timestamp_ms, receive_window_ms=receive_window_ms
        )
        return SignedWrite(request, expected)

    async def send(self, session: AccountSession, signed: SignedWrite) -> WriteResult:
        """Send a signed write; the caller does so exactly once."""
        expected = signed.expected
        began = self.clock.monotonic()
        exchange = session.exchange
        try:
            response = await self.writes.send(
                signed.request, timeout_s=self._http_timeout_s, local_address=session.source_address
            )
        except TransportError as error:
            self.breakers.note_write(target_of(session).market, 0, Outcome.UNKNOWN)
            code = NOT_SENT if isinstance(error, NotSent) else NO_ANSWER
            result = WriteResult(Outcome.UNKNOWN, 0, code, str(error), None, self.clock.now())
        else:
            self._observe(target_of(session), response)
            self.throttle.observe_account(session.account_id, exchange, headers=response.headers)
            verdict = classify(
                exchange, status=response.status, body=response.body, expected=expected
            )
            self.breakers.note_write(target_of(session).market, response.status, verdict.outcome)
            if verdict.outcome is Outcome.ACCEPTED:
                self.denials.let_in(session)
            elif verdict.outcome is Outcome.REJECTED:
                self.denials.keep_out(session, verdict.code)
            result = WriteResult(
                verdict.outcome,
                response.status,
                verdict.code,
                verdict.evidence,
                verdict.exchange_order_id,
                self.clock.now(),
            )
        kind = expected.write.value
        metrics.ORDER_ACK_SECONDS.labels(exchange.value, kind).observe(
            self.clock.monotonic() - began
        )
        metrics.ORDERS_TOTAL.labels(exchange.value, kind, result.outcome.value).inc()
        return result

    async def write_batch(
        self,
        session: AccountSession,
        call: Call,
        params: dict[str, Any],
        expected: Sequence[Expected],
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> list[WriteResult]:
        """Sign one request of several items, send it exactly once and judge each item by itself.

        An answer that is lost says nothing of any item.
        """
        request = self.pool.of(session).sign(
            call, params, timestamp_ms=timestamp_ms, receive_window_ms=receive_window_ms
        )
        exchange = session.exchange
        status = 0
        try:
            response = await self.writes.send(
                request, timeout_s=self._http_timeout_s, local_address=session.source_address
            )
        except TransportError as error:
            code = NOT_SENT if isinstance(error, NotSent) else NO_ANSWER
            verdicts = [Verdict(Outcome.UNKNOWN, code, str(error))] * len(expected)
            self.breakers.note_write(target_of(session).market, status, Outcome.UNKNOWN)
        else:
            status = response.status
            self._observe(target_of(session), response)
            self.throttle.observe_account(session.account_id, exchange, headers=response.headers)
            verdicts = classify_batch(
                exchange, status=status, body=response.body, expected=expected
            )
            self.breakers.note_write(target_of(session).market, status, verdicts[0].outcome)
        for each, verdict in zip(expected, verdicts, strict=True):
            metrics.ORDERS_TOTAL.labels(
                exchange.value, each.write.value, verdict.outcome.value
            ).inc()
        now = self.clock.now()
        return [
            WriteResult(v.outcome, status, v.code, v.evidence, v.exchange_order_id, now)
            for v in verdicts
        ]

    async def read(
        self, target: Target, call: Call, params: dict[str, Any] | None = None, *, weight: float
    ) -> Any:
        """Read once; Bybit's envelope is taken off.

        Raises:
            ExchangeUnavailable: no answer, a broken one, a limit or a fault of the exchange.
            ExchangeRejected: the exchange understood and said no; its code is on the error.
        """
        if READ_LANE.get() is Lane.POLLING:
            self.breakers.admit_background(target.market)
        await self.throttle.admit_read(target.address, weight=weight)
        request = self._sign_read(target, call, dict(params or {}))
        began = self.clock.monotonic()
        try:
            response = await self.reads.send(
                request, timeout_s=self._http_timeout_s, local_address=target.source_address
            )
        except (NotSent, SentUnknown) as error:
            self._count_failure(target.exchange, NO_ANSWER)
            self.breakers.note(target.market, EndpointClass.READS, Answered.FAILED)
            raise ExchangeUnavailable(
                f"{target.exchange.value} {call.path}: no answer, {error}", code=NO_ANSWER
            ) from error
        metrics.READ_SECONDS.labels(target.exchange.value).observe(self.clock.monotonic() - began)
        self._observe(target, response, tells_of_trading=call.section != WALLET)
        self.breakers.note(target.market, EndpointClass.READS, health_of(response.status))
        return self._result(target, call, response)

    def _sign_read(self, target: Target, call: Call, params: dict[str, Any]) -> HttpRequest:
        if target.session is None:
            return self.pool.public(target.exchange, target.mode).sign(call, params)
        return self.pool.of(target.session).sign(
            call,
            params,
            timestamp_ms=self.offsets.timestamp_ms(target.exchange, target.mode),
            receive_window_ms=self._receive_window_ms,
        )

    def _observe(
        self, target: Target, response: RawResponse, *, tells_of_trading: bool = True
    ) -> None:
        status, body, now = response.status, response.body, self.clock.monotonic()
        if tells_of_trading:
            self.signs.note(target.market, status=status, body=body, now=now)
        self.throttle.observe(
            target.address,
            status=response.status,
            headers=response.headers,
            body=response.body if response.status >= 400 else b"",
        )

    def _result(self, target: Target, call: Call, response: RawResponse) -> Any:
        exchange = target.exchange
        try:
            document = orjson.loads(response.body)
        except orjson.JSONDecodeError as error:
            self._count_failure(exchange, "no_json")
            raise ExchangeUnavailable(
                f"{exchange.value} {call.path}: HTTP {response.status} without JSON",
                code=str(response.status),
            ) from error
        is_object = isinstance(document, dict)
        code = code_of(exchange, document if is_object else None)
        is_good = 200 <= response.status < 300 and (
            document is not None if exchange is Exchange.BINANCE else is_object and code == 0
        )
        if target.session is not None:
            if is_good:
                self.denials.let_in(target.session)
            else:
                self.denials.keep_out(target.session, str(code))
        if is_good:
            return document if exchange is Exchange.BINANCE else document.get("result") or {}
        self._count_failure(exchange, str(response.status if code is None else code))
        raise read_error(exchange, call, response.status, code, document if is_object else None)

    def _count_failure(self, exchange: Exchange, code: str) -> None:
        metrics.READ_FAILURES_TOTAL.labels(exchange.value, code).inc()
