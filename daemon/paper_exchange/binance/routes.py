"""The routing table of the Binance dialect: path, security and weight of each endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from daemon.paper_exchange.binance import (
    accounts,
    algo,
    countdown,
    day,
    instruments,
    klines,
    listen_keys,
    market_data,
    modes,
    order_history,
    orders,
    preferences,
    reference,
    spot,
    statistics,
    tape,
)
from daemon.paper_exchange.binance.call import Endpoint, Handler, Weight
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.signing import Security

NONE, KEY, READ, TRADE = Security.NONE, Security.KEY, Security.READ, Security.TRADE

_Row = tuple[str, str, Handler, Weight]


def _by_symbol(one: int, every: int) -> Weight:
    def weigh(parameters: Parameters) -> int:
        return one if parameters.text("symbol") else every

    return weigh


_ROWS: Final = klines.klines_weight

_PUBLIC: Final[tuple[_Row, ...]] = (
    ("GET", "/fapi/v1/ping", market_data.get_nothing, 1),
    ("GET", "/fapi/v1/time", market_data.get_time, 1),
    ("GET", "/fapi/v1/exchangeInfo", instruments.get_exchange_info, 1),
    ("GET", "/fapi/v1/klines", klines.get_klines, _ROWS),
    ("GET", "/fapi/v1/continuousKlines", klines.get_continuous_klines, _ROWS),
    ("GET", "/fapi/v1/indexPriceKlines", klines.get_index_klines, _ROWS),
    ("GET", "/fapi/v1/markPriceKlines", klines.get_mark_klines, _ROWS),
    ("GET", "/fapi/v1/premiumIndexKlines", klines.get_premium_klines, _ROWS),
    ("GET", "/fapi/v1/premiumIndex", market_data.get_premium_index, _by_symbol(1, 10)),
    ("GET", "/fapi/v1/fundingRate", market_data.get_funding_rates, 1),
    ("GET", "/fapi/v1/fundingInfo", market_data.get_funding_info, 0),
    ("GET", "/fapi/v1/ticker/price", market_data.get_price, _by_symbol(1, 2)),
    ("GET", "/fapi/v2/ticker/price", market_data.get_price, _by_symbol(1, 2)),
    ("GET", "/fapi/v1/ticker/24hr", day.get_day_ticker, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/ticker/bookTicker", market_data.get_book_ticker, _by_symbol(2, 5)),
    ("GET", "/fapi/v1/depth", market_data.get_depth, market_data.depth_weight),
    ("GET", "/fapi/v1/rpiDepth", market_data.get_depth, 20),
    ("GET", "/fapi/v1/trades", tape.get_trades, 5),
    ("GET", "/fapi/v1/aggTrades", tape.get_aggregate_trades, 20),
    ("GET", "/fapi/v1/openInterest", market_data.get_open_interest, 1),
    ("GET", "/fapi/v1/constituents", reference.get_constituents, 2),
    ("GET", "/fapi/v1/indexInfo", reference.get_index_info, 1),
    ("GET", "/fapi/v1/assetIndex", reference.get_asset_index, _by_symbol(1, 10)),
    ("GET", "/fapi/v1/insuranceBalance", reference.get_insurance, 1),
    ("GET", "/fapi/v1/symbolAdlRisk", reference.get_adl_risk, 1),
    ("GET", "/fapi/v1/tradingSchedule", reference.get_trading_schedule, 5),
    ("GET", "/futures/data/openInterestHist", statistics.get_open_interest_history, 0),
    ("GET", "/futures/data/topLongShortPositionRatio", statistics.get_long_short_ratio, 0),
    ("GET", "/futures/data/topLongShortAccountRatio", statistics.get_long_short_ratio, 0),
    ("GET", "/futures/data/globalLongShortAccountRatio", statistics.get_long_short_ratio, 0),
    ("GET", "/futures/data/takerlongshortRatio", statistics.get_taker_volume, 0),
    ("GET", "/futures/data/basis", statistics.get_basis, 0),
    ("GET", "/futures/data/delivery-price", statistics.get_delivery_prices, 0),
    ("GET", "/sapi/v1/system/status", spot.get_system_status, 1),
    ("GET", "/api/v3/ping", market_data.get_nothing, 1),
    ("GET", "/api/v3/time", market_data.get_time, 1),
    ("GET", "/api/v3/exchangeInfo", spot.get_empty_exchange_info, 20),
    ("GET", "/dapi/v1/ping", market_data.get_nothing, 1),
    ("GET", "/dapi/v1/time", market_data.get_time, 1),
    ("GET", "/dapi/v1/exchangeInfo", spot.get_empty_exchange_info, 1),
)
_WITH_KEY: Final[tuple[_Row, ...]] = (
    ("GET", "/fapi/v1/historicalTrades", tape.get_historical_trades, 20),
    ("POST", "/fapi/v1/listenKey", listen_keys.post_listen_key, 1),
    ("PUT", "/fapi/v1/listenKey", listen_keys.put_listen_key, 1),
    ("DELETE", "/fapi/v1/listenKey", listen_keys.delete_listen_key, 1),
    ("GET", "/sapi/v1/margin/allPairs", spot.get_no_pairs, 1),
    ("GET", "/sapi/v1/margin/isolated/allPairs", spot.get_no_pairs, 10),
)
_READING: Final[tuple[_Row, ...]] = (
    ("GET", "/fapi/v1/account", accounts.get_account_v1, 5),
    ("GET", "/fapi/v2/account", accounts.get_account_v2, 5),
    ("GET", "/fapi/v3/account", accounts.get_account_v3, 5),
    ("GET", "/fapi/v1/balance", accounts.get_balance_v1, 5),
    ("GET", "/fapi/v2/balance", accounts.get_balance, 5),
    ("GET", "/fapi/v3/balance", accounts.get_balance, 5),
    ("GET", "/fapi/v1/positionRisk", accounts.get_position_risk_v1, 5),
    ("GET", "/fapi/v2/positionRisk", accounts.get_position_risk_v2, 5),
    ("GET", "/fapi/v3/positionRisk", accounts.get_position_risk_v3, 5),
    ("GET", "/fapi/v1/symbolConfig", accounts.get_symbol_config, 5),
    ("GET", "/fapi/v1/accountConfig", accounts.get_account_config, 5),
    ("GET", "/fapi/v1/multiAssetsMargin", preferences.get_multi_assets, 30),
    ("GET", "/fapi/v1/feeBurn", preferences.get_fee_burn, 30),
    ("GET", "/fapi/v1/apiTradingStatus", preferences.get_trading_status, _by_symbol(1, 10)),
    ("GET", "/fapi/v1/positionSide/dual", modes.get_position_side, 30),
    ("GET", "/fapi/v1/commissionRate", accounts.get_commission_rate, 20),
    ("GET", "/fapi/v1/positionMargin/history", modes.get_position_margin_history, 1),
    ("GET", "/fapi/v1/leverageBracket", instruments.get_leverage_bracket, 1),
    ("GET", "/fapi/v1/adlQuantile", accounts.get_adl_quantile, 5),
    ("GET", "/fapi/v1/rateLimit/order", accounts.get_order_rate_limit, 1),
    ("GET", "/fapi/v1/userTrades", accounts.get_user_trades, 5),
    ("GET", "/fapi/v1/income", accounts.get_income, 30),
    ("GET", "/fapi/v1/order", order_history.get_order, 1),
    ("GET", "/fapi/v1/openOrder", order_history.get_open_order, 1),
    ("GET", "/fapi/v1/openOrders", order_history.get_open_orders, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/allOrders", order_history.get_all_orders, 5),
    ("GET", "/fapi/v1/forceOrders", order_history.get_force_orders, _by_symbol(20, 50)),
    ("GET", "/fapi/v1/orderAmendment", order_history.get_amendments, 1),
    ("GET", "/fapi/v1/algoOrder", algo.get_algo, 1),
    ("GET", "/fapi/v1/openAlgoOrders", algo.get_open_algos, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/allAlgoOrders", algo.get_all_algos, 5),
    ("GET", "/sapi/v1/account/apiRestrictions", spot.get_api_restrictions, 1),
    ("GET", "/sapi/v1/account/status", spot.get_account_status, 1),
    ("GET", "/sapi/v1/account/info", spot.get_account_info, 1),
    ("GET", "/sapi/v1/account/apiTradingStatus", spot.get_spot_trading_status, 1),
    ("GET", "/sapi/v1/capital/config/getall", spot.get_coins, 10),
    ("GET", "/sapi/v1/capital/deposit/hisrec", spot.get_no_movements, 1),
    ("GET", "/sapi/v1/capital/withdraw/history", spot.get_no_movements, 1),
    ("GET", "/sapi/v1/asset/transfer", spot.get_transfers, 1),
    # Moving money between one's own wallets needs a right of its own, checked there.
    ("POST", "/sapi/v1/asset/transfer", spot.post_transfer, 1),
)
_TRADING: Final[tuple[_Row, ...]] = (
    ("POST", "/fapi/v1/positionSide/dual", modes.post_position_side, 1),
    ("POST", "/fapi/v1/leverage", modes.post_leverage, 1),
    ("POST", "/fapi/v1/marginType", modes.post_margin_type, 1),
    ("POST", "/fapi/v1/positionMargin", modes.post_position_margin, 1),
    ("POST", "/fapi/v1/multiAssetsMargin", preferences.post_multi_assets, 1),
    ("POST", "/fapi/v1/feeBurn", preferences.post_fee_burn, 1),
    ("POST", "/fapi/v1/order/test", orders.test_order, 0),
    ("DELETE", "/fapi/v1/order", orders.delete_order, 1),
    ("DELETE", "/fapi/v1/batchOrders", orders.delete_batch, 1),
    ("DELETE", "/fapi/v1/allOpenOrders", orders.delete_all, 1),
    ("POST", "/fapi/v1/countdownCancelAll", countdown.post_countdown, 10),
    ("DELETE", "/fapi/v1/algoOrder", algo.delete_algo, 1),
    ("DELETE", "/fapi/v1/algoOpenOrders", algo.delete_open_algos, 1),
)
_ORDERS: Final = (
    Endpoint("POST", "/fapi/v1/order", orders.post_order, TRADE, 0, 1),
    Endpoint("PUT", "/fapi/v1/order", orders.put_order, TRADE, 1, 1),
    Endpoint("POST", "/fapi/v1/batchOrders", orders.post_batch, TRADE, 5, orders.batch_size),
    Endpoint("PUT", "/fapi/v1/batchOrders", orders.put_batch, TRADE, 5, orders.batch_size),
    Endpoint("POST", "/fapi/v1/algoOrder", algo.post_algo, TRADE, 0, 1),
)


def _all() -> Iterator[Endpoint]:
    groups = ((NONE, _PUBLIC), (KEY, _WITH_KEY), (READ, _READING), (TRADE, _TRADING))
    for security, rows in groups:
        for method, path, handler, weight in rows:
            yield Endpoint(method, path, handler, security, weight)
    yield from _ORDERS


ENDPOINTS: Final = tuple(_all())
