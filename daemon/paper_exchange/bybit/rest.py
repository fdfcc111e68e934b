"""Bybit v5 over HTTP: who asks, may they, how often, and which function answers.

Every answer is HTTP 200 with a retCode, except for the address limit (403) and unknown paths (404).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.history import History
from daemon.paper_exchange.bybit.holdings import COIN, Holdings
from daemon.paper_exchange.bybit.keys import answer_key
from daemon.paper_exchange.bybit.limits import Allowance, Limiter
from daemon.paper_exchange.bybit.market_data import MarketData
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.refusals import bybit_error
from daemon.paper_exchange.bybit.signing import check_signature, check_window, read_headers
from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.bybit.trading import Trading
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.refusals import Refused

Public = Callable[[dict[str, str]], Json]
Private = Callable[[Account, Body], "Json | tuple[Json, Json]"]


class BybitRest:
    """The endpoints of one engine.

    Args:
        wall_ms: server time; signing, windows and limits follow it, the market does not.
    """

    def __init__(self, engine: Engine, wall_ms: Callable[[], int]) -> None:
        self.engine = engine
        self.stops = Stops(engine)
        self.history = History(engine)
        self.holdings = Holdings(engine, self.stops)
        self.market_data = MarketData(engine.state.markets, self._open_interest)
        self.trading = Trading(engine, self.stops, wall_ms)
        self._wall_ms = wall_ms
        self._limiter = Limiter()
        self._public = self._public_routes()
        self._reads = self._read_routes()
        self._writes = self._write_routes()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        now_ms = self._wall_ms()
        if not self._limiter.is_address_allowed(request.remote or "", now_ms=now_ms):
            return web.Response(status=403, text="access too frequent")
        raw = await request.read()
        headers: dict[str, str] = {}
        answer: Json = {"retCode": 0, "retMsg": "OK", "result": {}, "retExtInfo": {}}
        try:
            result = self._answer(request, raw, headers, now_ms)
            if isinstance(result, tuple):
                answer["result"], answer["retExtInfo"] = result
            else:
                answer["result"] = result
        except web.HTTPNotFound:
            return web.Response(status=404, text="404 page not found")
        except (BybitError, Refused) as raised:
            error = raised if isinstance(raised, BybitError) else bybit_error(raised)
            answer["retCode"], answer["retMsg"] = error.code, error.message
        answer["time"] = self._wall_ms()
        return web.Response(
            body=orjson.dumps(answer), content_type="application/json", headers=headers
        )

    def account_of(self, api_key: str) -> Account | None:
        """Find the account of a key."""
        return self.engine.accounts.get(api_key)

    def _answer(
        self, request: web.Request, raw: bytes, headers: dict[str, str], now_ms: int
    ) -> Json | tuple[Json, Json]:
        path, is_read = request.path, request.method == "GET"
        # The client signed the query as it sent it, so it is not taken from a parsed URL.
        query = request.raw_path.partition("?")[2]
        params = dict(parse_qsl(query, keep_blank_values=True))
        if is_read and path in self._public:
            self.engine.enter()
            return self._public[path](params)
        answers = self._reads if is_read else self._writes
        if path not in answers or request.method not in {"GET", "POST"}:
            raise web.HTTPNotFound
        payload = query.encode() if is_read else raw
        account = self._sign_in(request, payload, now_ms)
        body: Body = params if is_read else _read_body(raw)
        allowance = self._take(account, path, body, now_ms)
        headers.update(allowance.headers())
        if allowance.is_exceeded:
            raise BybitError(Code.RATE_LIMIT)
        if not (account.permissions.read if is_read else account.permissions.trade):
            raise BybitError(Code.PERMISSION)
        return answers[path](account, body)

    def _sign_in(self, request: web.Request, payload: bytes, now_ms: int) -> Account:
        signed = read_headers(request.headers)
        account = self.account_of(signed.api_key)
        if account is None:
            raise BybitError(Code.API_KEY)
        check_window(signed, now_ms=now_ms)
        check_signature(signed, secret=account.api_secret, payload=payload)
        rights = account.permissions
        if rights.ip_whitelist and request.remote not in rights.ip_whitelist:
            raise BybitError(Code.IP_MISMATCH)
        if rights.expires_ms and rights.expires_ms <= now_ms:
            raise BybitError(Code.KEY_EXPIRED)
        return account

    def _take(self, account: Account, path: str, body: Body, now_ms: int) -> Allowance:
        batch = body.get("request")
        weight = max(1, len(batch)) if isinstance(batch, list) else 1
        return self._limiter.take(str(account.uid), path, now_ms=now_ms, weight=weight)

    def _public_routes(self) -> dict[str, Public]:
        data = self.market_data
        return {
            "/v5/market/time": self._time,
            "/v5/market/instruments-info": data.instruments,
            "/v5/market/kline": data.kline,
            "/v5/market/mark-price-kline": data.mark_kline,
            "/v5/market/index-price-kline": data.index_kline,
            "/v5/market/tickers": data.tickers,
            "/v5/market/orderbook": data.orderbook,
            "/v5/market/recent-trade": data.recent_trades,
            "/v5/market/funding/history": data.funding_history,
            "/v5/market/risk-limit": data.risk_limit,
            "/v5/market/open-interest": data.open_interest,
        }

    def _read_routes(self) -> dict[str, Private]:
        return {
            "/v5/user/query-api": answer_key,
            "/v5/account/info": self.holdings.info,
            "/v5/account/wallet-balance": self.holdings.wallet_balance,
            "/v5/account/withdrawal": self.holdings.withdrawable,
            "/v5/account/fee-rate": self.holdings.fee_rates,
            "/v5/account/transaction-log": self.history.transaction_log,
            "/v5/position/list": self.holdings.positions,
            "/v5/position/closed-pnl": self.history.closed_pnl,
            "/v5/order/realtime": self.history.open_orders,
            "/v5/order/history": self.history.order_history,
            "/v5/execution/list": self.history.executions,
            "/v5/asset/coin/query-info": _coin_info,
        }

    def _write_routes(self) -> dict[str, Private]:
        return {
            "/v5/account/set-margin-mode": self.holdings.set_margin_mode,
            "/v5/position/set-leverage": self.holdings.set_leverage,
            "/v5/position/switch-mode": self.holdings.switch_mode,
            "/v5/position/trading-stop": self.holdings.trading_stop,
            "/v5/order/create": self.trading.create,
            "/v5/order/amend": self.trading.amend,
            "/v5/order/cancel": self.trading.cancel,
            "/v5/order/cancel-all": self.trading.cancel_all,
            "/v5/order/create-batch": self.trading.create_batch,
            "/v5/order/amend-batch": self.trading.amend_batch,
            "/v5/order/cancel-batch": self.trading.cancel_batch,
        }

    def _time(self, params: dict[str, str]) -> Json:
        now_ms = self._wall_ms()
        return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}

    def _open_interest(self, symbol: str) -> Decimal:
        holders = self.engine.state.holders.get(symbol, {}).values()
        return sum((max(ZERO, account.quantity_of(symbol)) for account in holders), ZERO)


def _coin_info(account: Account, params: Body) -> Json:
    """Answer asset/coin/query-info: the one coin that wallets hold."""
    chain = {
        "chain": "ETH",
        "chainType": "Ethereum",
        "confirmation": "12",
        "safeConfirmNumber": "64",
        "chainDeposit": "0",
        "chainWithdraw": "0",
        "depositMin": "0",
        "withdrawMin": "0",
        "withdrawFee": "0",
        "withdrawPercentageFee": "0",
        "withdrawMax": "0",
        "minAccuracy": "8",
        "contractAddress": "",
    }
    return {"rows": [{"name": COIN, "coin": COIN, "remainAmount": "0", "chains": [chain]}]}


def _read_body(raw: bytes) -> dict[str, Any]:
    """Read a JSON body; numbers stay exact."""
    try:
        body = json.loads(raw or b"{}", parse_float=Decimal)
    except ValueError:
        raise parameter_error("request body is not JSON") from None
    if not isinstance(body, dict):
        raise parameter_error("request body is not a JSON object")
    return body
