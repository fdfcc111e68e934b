"""Which function answers which path of Bybit v5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.account_facts import AccountFacts
from daemon.paper_exchange.bybit.assets import Assets
from daemon.paper_exchange.bybit.disconnect import Disconnects
from daemon.paper_exchange.bybit.history import History
from daemon.paper_exchange.bybit.holdings import Holdings
from daemon.paper_exchange.bybit.keys import answer_key
from daemon.paper_exchange.bybit.klines import Klines
from daemon.paper_exchange.bybit.market_data import MarketData
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.position_settings import PositionSettings
from daemon.paper_exchange.bybit.positions import Positions
from daemon.paper_exchange.bybit.precheck import PreCheck
from daemon.paper_exchange.bybit.settings import Settings
from daemon.paper_exchange.bybit.statistics import Statistics
from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.bybit.trading import Trading
from daemon.paper_exchange.bybit.trading_stop import TradingStop
from daemon.paper_exchange.bybit.visibility import BybitOptions, Visibility
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import ZERO

Public = Callable[[dict[str, str]], Json]
Notices = Callable[[], list[dict[str, Any]]]
Private = Callable[[Account, Body], "Json | tuple[Json, Json]"]

# Reading endpoints that other products have as well; there is nothing of those here.
BY_CATEGORY: Final = frozenset(
    {
        "/v5/execution/list",
        "/v5/order/history",
        "/v5/order/realtime",
        "/v5/position/closed-pnl",
        "/v5/position/list",
    }
)


# What an endpoint says when it succeeds, where that is not "OK".
_WORDS: Final = {
    "/v5/account/query-dcp-info": "success",
    "/v5/account/set-collateral-switch": "SUCCESS",
    "/v5/account/set-hedging-mode": "SUCCESS",
    "/v5/account/smp-group": "success",
    "/v5/apilimit/query": "success",
    "/v5/asset/coin-greeks": "OK",
    "/v5/market/delivery-price": "success",
    "/v5/market/index-price-components": "",
    "/v5/market/price-limit": "",
    "/v5/order/disconnected-cancel-all": "success",
    "/v5/system/status": "",
    "/v5/user/get-member-type": "",
    "/v5/user/query-api": "",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers the requests of one engine."""

    engine: Engine
    stops: Stops
    history: History
    holdings: Holdings
    positions: Positions
    market_data: MarketData
    trading: Trading
    disconnects: Disconnects
    visibility: Visibility

    @classmethod
    def build(
        cls, engine: Engine, wall_ms: Callable[[], int], options: BybitOptions | None = None
    ) -> Parts:
        """Make the parts; server time is the wire clock's."""
        stops, visibility = Stops(engine), Visibility(options or BybitOptions(), wall_ms)
        history = History(engine, visibility)
        market_data = MarketData(engine.state.markets, _open_interest_of(engine))
        return cls(
            engine=engine,
            stops=stops,
            history=history,
            holdings=Holdings(engine, market_data),
            positions=Positions(engine, stops),
            market_data=market_data,
            trading=Trading(engine, stops, history, visibility, wall_ms),
            disconnects=Disconnects(engine, wall_ms),
            visibility=visibility,
        )


def success_words(path: str) -> str:
    """Return the retMsg of a success."""
    return _WORDS.get(path, "success" if path.startswith("/v5/asset/") else "OK")


def public_routes(parts: Parts, server_time: Public, notices: Notices) -> dict[str, Public]:
    """List the endpoints that need no signature."""
    data, klines = parts.market_data, Klines(parts.market_data)
    statistics = Statistics(parts.engine, data)
    return {
        "/v5/market/time": server_time,
        "/v5/market/instruments-info": data.instruments,
        "/v5/market/kline": klines.kline,
        "/v5/market/mark-price-kline": klines.mark_kline,
        "/v5/market/index-price-kline": klines.index_kline,
        "/v5/market/premium-index-price-kline": klines.premium_kline,
        "/v5/market/tickers": data.tickers,
        "/v5/market/orderbook": data.orderbook,
        "/v5/market/recent-trade": data.recent_trades,
        "/v5/market/funding/history": data.funding_history,
        "/v5/market/risk-limit": data.risk_limit,
        "/v5/market/open-interest": data.open_interest,
        "/v5/market/price-limit": data.price_limit,
        "/v5/market/insurance": statistics.insurance,
        "/v5/market/account-ratio": statistics.account_ratio,
        "/v5/market/adlAlert": statistics.adl_alert,
        "/v5/market/delivery-price": _no_deliveries,
        "/v5/market/index-price-components": data.index_components,
        "/v5/market/rpi_orderbook": data.rpi_book,
        "/v5/system/status": lambda params: _system_status(params, notices),
    }


def read_routes(parts: Parts) -> dict[str, Private]:
    """List the signed GET endpoints."""
    holdings, history = parts.holdings, parts.history
    assets, settings = Assets(parts.engine), Settings(parts.disconnects)
    facts = AccountFacts(parts.engine)
    return {
        "/v5/account/borrow-history": facts.nothing,
        "/v5/apilimit/query": facts.request_limits,
        "/v5/asset/coin-greeks": facts.no_greeks,
        "/v5/position/move-history": facts.nothing,
        "/v5/position/symbol-info": facts.symbol_info,
        "/v5/user/get-member-type": facts.wallets,
        "/v5/user/query-api": answer_key,
        "/v5/account/info": holdings.info,
        "/v5/account/instruments-info": holdings.instruments,
        "/v5/account/wallet-balance": holdings.wallet_balance,
        "/v5/account/withdrawal": holdings.withdrawable,
        "/v5/account/fee-rate": holdings.fee_rates,
        "/v5/account/transaction-log": history.transaction_log,
        "/v5/account/collateral-info": settings.collateral,
        "/v5/account/query-dcp-info": settings.disconnect,
        "/v5/account/smp-group": settings.self_match_group,
        "/v5/account/user-setting-config": settings.user_settings,
        "/v5/position/list": parts.positions.positions,
        "/v5/position/closed-pnl": history.closed_pnl,
        "/v5/order/realtime": history.open_orders,
        "/v5/order/history": history.order_history,
        "/v5/execution/list": history.executions,
        **assets.read_routes(),
    }


def write_routes(parts: Parts) -> dict[str, Private]:
    """List the signed POST endpoints."""
    trading = parts.trading
    settings, positions = (
        Settings(parts.disconnects),
        PositionSettings(parts.engine, parts.positions),
    )
    return {
        "/v5/account/set-collateral-switch": settings.set_collateral,
        "/v5/account/set-hedging-mode": settings.set_spot_hedging,
        "/v5/account/set-margin-mode": positions.set_margin_mode,
        "/v5/position/add-margin": positions.add_margin,
        "/v5/position/confirm-pending-mmr": positions.confirm_maintenance_rate,
        "/v5/position/set-auto-add-margin": positions.set_auto_add_margin,
        "/v5/position/set-leverage": positions.set_leverage,
        "/v5/position/set-risk-limit": positions.set_risk_limit,
        "/v5/position/set-tpsl-mode": positions.set_stop_mode,
        "/v5/position/switch-isolated": positions.switch_isolated,
        "/v5/position/switch-mode": positions.switch_mode,
        "/v5/position/trading-stop": TradingStop(parts.engine, parts.stops).set,
        "/v5/order/create": trading.create,
        "/v5/order/amend": trading.amend,
        "/v5/order/cancel": trading.cancel,
        "/v5/order/cancel-all": trading.cancel_all,
        "/v5/order/create-batch": trading.create_batch,
        "/v5/order/amend-batch": trading.amend_batch,
        "/v5/order/cancel-batch": trading.cancel_batch,
        "/v5/order/disconnected-cancel-all": settings.set_disconnect,
        "/v5/order/pre-check": PreCheck(parts.engine).check,
        **Assets(parts.engine).write_routes(),
    }


def _open_interest_of(engine: Engine) -> Callable[[str], Decimal]:
    """Return the sum of a contract's long positions; every short one has its long one in the book."""

    def open_interest(symbol: str) -> Decimal:
        holders = engine.state.holders.get(symbol, {}).values()
        held = (each.quantity for account in holders for each in account.positions_in(symbol))
        return sum((max(ZERO, quantity) for quantity in held), ZERO)

    return open_interest


def _no_deliveries(params: dict[str, str]) -> Json:
    """Answer market/delivery-price: perpetual contracts are never delivered."""
    nothing: list[Any] = []
    return {"category": params.get("category", ""), "list": nothing, "nextPageCursor": ""}


def _system_status(params: dict[str, str], notices: Notices) -> Json:
    """Answer system/status: maintenance that runs or was announced, all or those asked for."""
    found = [
        notice
        for notice in notices()
        if params.get("id", "") in {"", notice["id"]}
        and params.get("state", "") in {"", notice["state"]}
    ]
    return {"list": found}
