"""Bybit v5 linear: acknowledgements before the order exists, lists newest first, one id space.

Source: https://bybit-exchange.github.io/docs/v5. Every request weighs one against the address.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon.exchanges import bybit_history, bybit_permissions
from daemon.exchanges import bybit_wire as wire
from daemon.exchanges.build import bybit_amend, bybit_cancel, bybit_cancel_batch, bybit_order
from daemon.exchanges.bybit_market import BybitMarket, read_all
from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.classifier import Expected
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession, FeeRates, FillPage, LedgerPage
from daemon.exchanges.outcomes import NOT_FOUND, NOTHING_TO_CHANGE, Write
from daemon.exchanges.signed_write import SignedWrite
from daemon.exchanges.wire import decimal_of, field, rows_of
from patriot_app.core.domain.key_facts import KeyPermissions
from patriot_app.core.domain.orders import (
    WORKING,
    OrderIdentity,
    OrderReport,
    OrderRequest,
    Side,
    WriteResult,
)
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable

_PRIVATE = ["private"]
_PUBLIC = ["public"]


class Bybit(BybitMarket):
    """The calls of Bybit v5 linear in our words."""

    def __init__(self, caller: Caller, market_now: Callable[[], datetime]) -> None:
        super().__init__(caller)
        self._market_now = market_now

    def sign(self, session: AccountSession, request: OrderRequest) -> SignedWrite:
        call, params = bybit_order(request)
        return self._caller.sign(
            session,
            call,
            params,
            Expected(Write.PLACE, request.client_order_id),
            timestamp_ms=request.timestamp_ms,
            receive_window_ms=request.receive_window_ms,
        )

    async def cancel(
        self,
        session: AccountSession,
        identity: OrderIdentity,
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        call, params = bybit_cancel(identity)
        return await self._caller.write(
            session,
            call,
            params,
            Expected(Write.CANCEL, identity.client_order_id, identity.exchange_order_id or ""),
            timestamp_ms=timestamp_ms,
            receive_window_ms=receive_window_ms,
        )

    async def cancel_batch(
        self,
        session: AccountSession,
        identities: Sequence[OrderIdentity],
        *,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> list[WriteResult]:
        call, params = bybit_cancel_batch(identities)
        return await self._caller.write_batch(
            session,
            call,
            params,
            [Expected(Write.CANCEL, identity.client_order_id) for identity in identities],
            timestamp_ms=timestamp_ms,
            receive_window_ms=receive_window_ms,
        )

    async def amend(
        self,
        session: AccountSession,
        identity: OrderIdentity,
        *,
        side: Side,
        price: Decimal,
        quantity: Decimal,
        timestamp_ms: int,
        receive_window_ms: int,
    ) -> WriteResult:
        call, params = bybit_amend(identity, price=price, quantity=quantity)
        return await self._caller.write(
            session,
            call,
            params,
            Expected(Write.AMEND, identity.client_order_id),
            timestamp_ms=timestamp_ms,
            receive_window_ms=receive_window_ms,
        )

    async def fetch_order(
        self, session: AccountSession, identity: OrderIdentity
    ) -> OrderReport | None:
        """Look in both places: the live list forgets closed orders when the service restarts."""
        params: dict[str, Any] = {"category": "linear", "symbol": identity.symbol}
        if identity.client_order_id:
            params["orderLinkId"] = identity.client_order_id
        else:
            params["orderId"] = identity.exchange_order_id
        for path in ("v5/order/realtime", "v5/order/history"):
            try:
                result = await self._private(session, path, params)
            except ExchangeRejected as error:
                if int(error.code) in NOT_FOUND["bybit"]:
                    continue
                raise
            for row in rows_of(field(result, "list")):
                report = wire.order_report(row)
                if identity.client_order_id in {"", report.client_order_id}:
                    return report
                raise ExchangeUnavailable(
                    "bybit answered with another order than the one asked for"
                )
        return None

    async def fetch_open_orders(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[OrderReport]:
        params: dict[str, Any] = {"category": "linear", "openOnly": 0, "limit": 50}
        params.update({"symbol": symbol} if symbol else {"settleCoin": "USDT"})
        rows = await read_all(
            self._caller, target_of(session), Call(_PRIVATE, "v5/order/realtime", "GET"), params
        )
        reports = [wire.order_report(row) for row in rows]
        return [report for report in reports if report.state in WORKING]

    async def fetch_fills(
        self, session: AccountSession, symbol: str, *, cursor: str = ""
    ) -> FillPage:
        return await bybit_history.fetch_fills(
            self._caller, session, symbol, cursor=cursor, market_now=self._market_now()
        )

    async def latest_fill_cursor(self, session: AccountSession, symbol: str) -> str:
        return await bybit_history.latest_fill_cursor(
            self._caller, session, symbol, market_now=self._market_now()
        )

    async def fetch_ledger(
        self, session: AccountSession, *, cursor: str = "", since: datetime | None = None
    ) -> LedgerPage:
        return await bybit_history.fetch_ledger(
            self._caller, session, cursor=cursor, since=since, market_now=self._market_now()
        )

    async def fetch_positions(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[PositionReport]:
        params: dict[str, Any] = {"category": "linear", "limit": 200}
        params.update({"symbol": symbol} if symbol else {"settleCoin": "USDT"})
        rows = await read_all(
            self._caller, target_of(session), Call(_PRIVATE, "v5/position/list", "GET"), params
        )
        reports = [wire.position_report(row) for row in rows]
        return reports if symbol else [report for report in reports if report.quantity]

    async def fetch_balance(self, session: AccountSession) -> BalanceReport:
        result = await self._private(
            session, "v5/account/wallet-balance", {"accountType": "UNIFIED"}
        )
        accounts = rows_of(field(result, "list"))
        if not accounts:
            raise ExchangeUnavailable("bybit wallet-balance: no account")
        return wire.balance_report(accounts[0], read_at=self._market_now())

    async def fetch_permissions(self, session: AccountSession) -> KeyPermissions:
        return await bybit_permissions.fetch_permissions(self._caller, session)

    async def fetch_fee_rates(self, session: AccountSession, symbol: str) -> FeeRates:
        result = await self._private(
            session, "v5/account/fee-rate", {"category": "linear", "symbol": symbol}
        )
        row = next(iter(rows_of(field(result, "list"))), None)
        if row is None:
            raise ExchangeUnavailable(f"bybit fee-rate: nothing for {symbol}")
        return FeeRates(
            maker=decimal_of(field(row, "makerFeeRate")),
            taker=decimal_of(field(row, "takerFeeRate")),
        )

    async def set_leverage(self, session: AccountSession, symbol: str, *, leverage: int) -> None:
        await self._change(
            session,
            "v5/position/set-leverage",
            {
                "category": "linear",
                "symbol": symbol,
                "buyLeverage": str(leverage),
                "sellLeverage": str(leverage),
            },
        )

    async def ensure_one_way(self, session: AccountSession) -> None:
        await self._change(
            session, "v5/position/switch-mode", {"category": "linear", "coin": "USDT", "mode": 0}
        )

    async def _change(self, session: AccountSession, path: str, params: dict[str, Any]) -> None:
        try:
            await self._caller.read(
                target_of(session), Call(_PRIVATE, path, "POST"), params, weight=1
            )
        except ExchangeRejected as error:
            if int(error.code) not in NOTHING_TO_CHANGE["bybit"]:
                raise

    async def _private(self, session: AccountSession, path: str, params: dict[str, Any]) -> Any:
        return await self._caller.read(
            target_of(session), Call(_PRIVATE, path, "GET"), params, weight=1
        )
