"""The routing table of the Binance dialect: path, security and weight of each endpoint."""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.binance import (
    accounts,
    algo,
    countdown,
    day,
    instruments,
    listen_keys,
    market_data,
    orders,
    spot,
)
from daemon.paper_exchange.binance.call import Endpoint, Weight
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.signing import Security

READ, TRADE, KEY = Security.READ, Security.TRADE, Security.KEY


def _by_symbol(one: int, every: int) -> Weight:
    def weigh(parameters: Parameters) -> int:
        return one if parameters.text("symbol") else every

    return weigh


_PUBLIC: Final = (
    Endpoint("GET", "/fapi/v1/ping", market_data.get_nothing),
    Endpoint("GET", "/fapi/v1/time", market_data.get_time),
    Endpoint("GET", "/fapi/v1/exchangeInfo", instruments.get_exchange_info),
    Endpoint("GET", "/fapi/v1/klines", market_data.get_klines, weight=market_data.klines_weight),
    Endpoint(
        "GET",
        "/fapi/v1/markPriceKlines",
        market_data.get_mark_klines,
        weight=market_data.klines_weight,
    ),
    Endpoint("GET", "/fapi/v1/premiumIndex", market_data.get_premium_index),
    Endpoint("GET", "/fapi/v1/fundingRate", market_data.get_funding_rates),
    Endpoint("GET", "/fapi/v1/fundingInfo", market_data.get_funding_info),
    Endpoint("GET", "/fapi/v1/ticker/price", market_data.get_price, weight=_by_symbol(1, 2)),
    Endpoint("GET", "/fapi/v2/ticker/price", market_data.get_price, weight=_by_symbol(1, 2)),
    Endpoint("GET", "/fapi/v1/ticker/24hr", day.get_day_ticker, weight=_by_symbol(1, 40)),
    Endpoint(
        "GET",
        "/fapi/v1/ticker/bookTicker",
        market_data.get_book_ticker,
        weight=_by_symbol(2, 5),
    ),
    Endpoint("GET", "/fapi/v1/depth", market_data.get_depth, weight=market_data.depth_weight),
    Endpoint("GET", "/fapi/v1/aggTrades", market_data.get_aggregate_trades, weight=20),
    Endpoint("GET", "/fapi/v1/openInterest", market_data.get_open_interest),
    Endpoint("GET", "/sapi/v1/system/status", spot.get_system_status),
    Endpoint("GET", "/api/v3/ping", market_data.get_nothing),
    Endpoint("GET", "/api/v3/time", market_data.get_time),
    Endpoint("GET", "/api/v3/exchangeInfo", spot.get_empty_exchange_info),
    Endpoint("GET", "/dapi/v1/exchangeInfo", spot.get_empty_exchange_info),
)
_ACCOUNT: Final = (
    Endpoint("GET", "/fapi/v2/account", accounts.get_account_v2, READ, 5),
    Endpoint("GET", "/fapi/v3/account", accounts.get_account_v3, READ, 5),
    Endpoint("GET", "/fapi/v2/balance", accounts.get_balance, READ, 5),
    Endpoint("GET", "/fapi/v3/balance", accounts.get_balance, READ, 5),
    Endpoint("GET", "/fapi/v2/positionRisk", accounts.get_position_risk_v2, READ, 5),
    Endpoint("GET", "/fapi/v3/positionRisk", accounts.get_position_risk_v3, READ, 5),
    Endpoint("GET", "/fapi/v1/symbolConfig", accounts.get_symbol_config, READ, 5),
    Endpoint("GET", "/fapi/v1/accountConfig", accounts.get_account_config, READ, 5),
    Endpoint("GET", "/fapi/v1/multiAssetsMargin", accounts.get_multi_assets, READ, 30),
    Endpoint("GET", "/fapi/v1/positionSide/dual", accounts.get_position_side, READ, 30),
    Endpoint("POST", "/fapi/v1/positionSide/dual", accounts.post_position_side, TRADE),
    Endpoint("POST", "/fapi/v1/leverage", accounts.post_leverage, TRADE),
    Endpoint("POST", "/fapi/v1/marginType", accounts.post_margin_type, TRADE),
    Endpoint("GET", "/fapi/v1/commissionRate", accounts.get_commission_rate, READ, 20),
    Endpoint("GET", "/fapi/v1/leverageBracket", instruments.get_leverage_bracket, READ),
    Endpoint("GET", "/fapi/v1/rateLimit/order", accounts.get_order_rate_limit, READ),
    Endpoint("GET", "/fapi/v1/userTrades", accounts.get_user_trades, READ, 5),
    Endpoint("GET", "/fapi/v1/income", accounts.get_income, READ, 30),
    Endpoint("POST", "/fapi/v1/listenKey", listen_keys.post_listen_key, KEY),
    Endpoint("PUT", "/fapi/v1/listenKey", listen_keys.put_listen_key, KEY),
    Endpoint("DELETE", "/fapi/v1/listenKey", listen_keys.delete_listen_key, KEY),
    Endpoint("GET", "/sapi/v1/account/apiRestrictions", spot.get_api_restrictions, READ),
    Endpoint("GET", "/sapi/v1/capital/config/getall", spot.get_coins, READ),
    Endpoint("GET", "/sapi/v1/margin/allPairs", spot.get_no_pairs, KEY),
    Endpoint("GET", "/sapi/v1/margin/isolated/allPairs", spot.get_no_pairs, KEY),
)
_ORDERS: Final = (
    Endpoint("POST", "/fapi/v1/order", orders.post_order, TRADE, 0, 1),
    Endpoint("PUT", "/fapi/v1/order", orders.put_order, TRADE, 1, 1),
    Endpoint("GET", "/fapi/v1/order", orders.get_order, READ),
    Endpoint("DELETE", "/fapi/v1/order", orders.delete_order, TRADE),
    Endpoint("POST", "/fapi/v1/order/test", orders.test_order, TRADE, 0),
    Endpoint("POST", "/fapi/v1/batchOrders", orders.post_batch, TRADE, 5, orders.batch_size),
    Endpoint("PUT", "/fapi/v1/batchOrders", orders.put_batch, TRADE, 5, orders.batch_size),
    Endpoint("DELETE", "/fapi/v1/batchOrders", orders.delete_batch, TRADE),
    Endpoint("GET", "/fapi/v1/openOrder", orders.get_open_order, READ),
    Endpoint("GET", "/fapi/v1/openOrders", orders.get_open_orders, READ, _by_symbol(1, 40)),
    Endpoint("GET", "/fapi/v1/allOrders", orders.get_all_orders, READ, 5),
    Endpoint("DELETE", "/fapi/v1/allOpenOrders", orders.delete_all, TRADE),
    Endpoint("POST", "/fapi/v1/countdownCancelAll", countdown.post_countdown, TRADE, 10),
    Endpoint("POST", "/fapi/v1/algoOrder", algo.post_algo, TRADE, 0, 1),
    Endpoint("GET", "/fapi/v1/algoOrder", algo.get_algo, READ),
    Endpoint("DELETE", "/fapi/v1/algoOrder", algo.delete_algo, TRADE),
    Endpoint("GET", "/fapi/v1/openAlgoOrders", algo.get_open_algos, READ, _by_symbol(1, 40)),
    Endpoint("GET", "/fapi/v1/allAlgoOrders", algo.get_all_algos, READ, 5),
    Endpoint("DELETE", "/fapi/v1/algoOpenOrders", algo.delete_open_algos, TRADE),
)
ENDPOINTS: Final = _PUBLIC + _ACCOUNT + _ORDERS
