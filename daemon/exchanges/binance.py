"""Binance USDT-M: two id spaces for orders, brackets behind a key, income without ids in order.

Sources and weights: https://developers.binance.com/docs/derivatives/usds-margined-futures.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from daemon.exchanges import binance_income, binance_permissions
from daemon.exchanges import binance_wire as wire
from daemon.exchanges.binance_market import BinanceMarket
from daemon.exchanges.binance_orders import checked, flat, identity_params
from daemon.exchanges.build import (
    BINANCE_PLACE,
    binance_amend,
    binance_cancel,
    binance_cancel_batch,
    binance_order,
)
from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.classifier import Expected
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession, FeeRates, FillPage, LedgerPage
from daemon.exchanges.outcomes import NOT_FOUND, NOTHING_TO_CHANGE, Write
from daemon.exchanges.signed_write import SignedWrite
from daemon.exchanges.wire import decimal_of, field, rows_of
from patriot_app.core.domain.key_facts import KeyPermissions
from patriot_app.core.domain.orders import (
    OrderIdentity,
    OrderReport,
    OrderRequest,
    Side,
    WriteResult,
)
from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.errors import ExchangeRejected, ExchangeUnavailable, Invalid

FILLS_PAGE = 1_000

_PRIVATE = ["fapiPrivate"]
_PRIVATE_V3 = ["fapiPrivateV3"]


class Binance(BinanceMarket):
    """The calls of Binance USDT-M in our words."""

    def __init__(self, caller: Caller, market_now: Callable[[], datetime]) -> None:
        super().__init__(caller)
        self._market_now = market_now

    def sign(self, session: AccountSession, request: OrderRequest) -> SignedWrite:
        assert request.stop_loss is None, "Binance cannot attach a stop: place it as its own leg"
        call, params = binance_order(request)
        return self._caller.sign(
            session,
            call,
            params,
            Expected(
                Write.PLACE,
                request.client_order_id,
                is_conditional=call is not BINANCE_PLACE,
            ),
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
        call, params = binance_cancel(identity)
        expected = Expected(
            Write.CANCEL,
            identity.client_order_id,
            identity.exchange_order_id or "",
            is_conditional=identity.is_conditional,
        )
        return await self._caller.write(
            session,
            call,
            params,
            expected,
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
        call, params = binance_cancel_batch(identities)
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
        call, params = binance_amend(identity, side=side, price=price, quantity=quantity)
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
        if identity.is_conditional:
            return await self._fetch_conditional(session, identity)
        params = identity_params(identity, ours="origClientOrderId", theirs="orderId")
        row = await self._find(session, "order", params)
        return None if row is None else checked(wire.order_report(row), identity)

    async def fetch_open_orders(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[OrderReport]:
        params = {"symbol": symbol} if symbol else {}
        weight = 1 if symbol else 40
        orders = rows_of(await self._private(session, "openOrders", params, weight=weight))
        algos = rows_of(await self._private(session, "openAlgoOrders", params, weight=weight))
        return [wire.order_report(row) for row in orders] + [wire.algo_report(row) for row in algos]

    async def fetch_fills(
        self, session: AccountSession, symbol: str, *, cursor: str = ""
    ) -> FillPage:
        if cursor and not cursor.isdigit():
            raise Invalid({"cursor": "is not one of Binance"})
        answer = await self._private(
            session,
            "userTrades",
            {"symbol": symbol, "fromId": cursor or "0", "limit": FILLS_PAGE},
            weight=5,
        )
        rows = rows_of(answer)
        fills = sorted(
            (wire.fill_report(row) for row in rows), key=lambda fill: int(fill.exchange_trade_id)
        )
        following = str(int(fills[-1].exchange_trade_id) + 1) if fills else cursor
        return FillPage(tuple(fills), following, complete=len(rows) < FILLS_PAGE)

    async def latest_fill_cursor(self, session: AccountSession, symbol: str) -> str:
        answer = await self._private(
            session, "userTrades", {"symbol": symbol, "limit": FILLS_PAGE}, weight=5
        )
        newest = max((int(field(row, "id")) for row in rows_of(answer)), default=None)
        return "" if newest is None else str(newest + 1)

    async def fetch_positions(
        self, session: AccountSession, *, symbol: str | None = None
    ) -> list[PositionReport]:
        answer = await self._caller.read(
            target_of(session),
            Call(_PRIVATE_V3, "positionRisk", "GET"),
            {"symbol": symbol} if symbol else {},
            weight=5,
        )
        rows = rows_of(answer)
        reports = [wire.position_report(row, leverage=wire.leverage_of(row)) for row in rows]
        if symbol is None:
            return [report for report in reports if report.quantity]
        return reports or [flat(symbol, self._market_now())]

    async def fetch_balance(self, session: AccountSession) -> BalanceReport:
        row = await self._caller.read(
            target_of(session), Call(_PRIVATE_V3, "account", "GET"), weight=5
        )
        return wire.balance_report(row, read_at=self._market_now())

    async def fetch_ledger(
        self, session: AccountSession, *, cursor: str = "", since: datetime | None = None
    ) -> LedgerPage:
        return await binance_income.fetch_ledger(self._caller, session, cursor=cursor, since=since)

    async def fetch_permissions(self, session: AccountSession) -> KeyPermissions:
        return await binance_permissions.fetch_permissions(self._caller, session)

    async def fetch_fee_rates(self, session: AccountSession, symbol: str) -> FeeRates:
        row = await self._private(session, "commissionRate", {"symbol": symbol}, weight=20)
        return FeeRates(
            maker=decimal_of(field(row, "makerCommissionRate")),
            taker=decimal_of(field(row, "takerCommissionRate")),
        )

    async def set_leverage(self, session: AccountSession, symbol: str, *, leverage: int) -> None:
        await self._caller.read(
            target_of(session),
            Call(_PRIVATE, "leverage", "POST"),
            {"symbol": symbol, "leverage": leverage},
            weight=1,
        )

    async def ensure_one_way(self, session: AccountSession) -> None:
        try:
            await self._caller.read(
                target_of(session),
                Call(_PRIVATE, "positionSide/dual", "POST"),
                {"dualSidePosition": "false"},
                weight=1,
            )
        except ExchangeRejected as error:
            if int(error.code) not in NOTHING_TO_CHANGE["binance"]:
                raise

    async def _fetch_conditional(
        self, session: AccountSession, identity: OrderIdentity
    ) -> OrderReport | None:
        """Look an algo order up and, once triggered, the order that it became."""
        params = identity_params(identity, ours="clientAlgoId", theirs="algoId", symbol=False)
        row = await self._find(session, "algoOrder", params)
        if row is None:
            return None
        algo = checked(wire.algo_report(row), identity)
        if algo.triggered_order_id is None:
            return algo
        child_row = await self._find(
            session, "order", {"symbol": algo.symbol, "orderId": algo.triggered_order_id}
        )
        if child_row is None:
            return algo
        child = wire.order_report(child_row)
        return replace(
            algo,
            state=child.state,
            quantity=child.quantity,
            filled_quantity=child.filled_quantity,
            average_price=child.average_price,
            is_conditional=False,
            updated_at=child.updated_at,
        )

    async def _find(
        self, session: AccountSession, path: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        try:
            row = await self._private(session, path, params, weight=1)
        except ExchangeRejected as error:
            if int(error.code) in NOT_FOUND["binance"]:
                return None
            raise
        if not isinstance(row, dict):
            raise ExchangeUnavailable(f"binance {path}: not one order")
        return row

    async def _private(
        self, session: AccountSession, path: str, params: dict[str, Any], *, weight: float
    ) -> Any:
        return await self._caller.read(
            target_of(session), Call(_PRIVATE, path, "GET"), params, weight=weight
        )
