"""What the official Binance client is made to call, in order."""

from typing import Any

Calls = list[tuple[str, dict[str, Any]]]

BTC: dict[str, Any] = {"symbol": "BTCUSDT"}
BUY: dict[str, Any] = {**BTC, "side": "BUY"}
LIMIT: dict[str, Any] = {**BUY, "type": "LIMIT", "time_in_force": "GTC", "quantity": 0.01}
ALGO: dict[str, Any] = {**BUY, "algo_type": "CONDITIONAL", "side": "SELL"}

ORDERS: Calls = [
    ("new_order", {**BUY, "type": "MARKET", "quantity": 0.05}),
    ("new_order", {**LIMIT, "price": 80000.0, "new_client_order_id": "rest-1"}),
    ("test_order", {**LIMIT, "price": 80000.0}),
    ("modify_order", {**BUY, "quantity": 0.02, "price": 79e3, "orig_client_order_id": "rest-1"}),
    ("get_order_modify_history", {**BTC, "orig_client_order_id": "rest-1"}),
    ("query_order", {**BTC, "orig_client_order_id": "rest-1"}),
    ("query_current_open_order", {**BTC, "orig_client_order_id": "rest-1"}),
    (
        "new_algo_order",
        {
            **ALGO,
            "type": "STOP_MARKET",
            "trigger_price": 50000.0,
            "close_position": "true",
            "client_algo_id": "algo-1",
        },
    ),
    (
        "new_algo_order",
        {
            **ALGO,
            "type": "TRAILING_STOP_MARKET",
            "quantity": 0.01,
            "callback_rate": 1.5,
            "client_algo_id": "algo-2",
        },
    ),
    ("query_algo_order", {"client_algo_id": "algo-1"}),
    ("query_algo_order", {"client_algo_id": "algo-2"}),
]
PLAIN = [
    *("account_information_v2", "account_information_v3", "futures_account_balance_v2"),
    *("futures_account_balance_v3", "futures_account_configuration"),
    *("futures_trading_quantitative_rules_indicators", "get_bnb_burn_status"),
    *("get_current_multi_assets_mode", "get_current_position_mode", "get_income_history"),
    *(
        "notional_and_leverage_brackets",
        "query_user_rate_limit",
        "symbol_configuration",
        "adl_risk",
    ),
    *(
        "asset_index",
        "check_server_time",
        "composite_index_symbol_information",
        "exchange_information",
    ),
    *("get_funding_rate_history", "get_funding_rate_info", "mark_price"),
    *("query_insurance_fund_balance_snapshot", "symbol_order_book_ticker", "symbol_price_ticker"),
    *("symbol_price_ticker_v2", "test_connectivity", "ticker24hr_price_change_statistics"),
    *("trading_schedule", "all_orders", "current_all_algo_open_orders", "current_all_open_orders"),
    *("position_adl_quantile_estimation", "position_information_v2", "position_information_v3"),
    *(
        "users_force_orders",
        "start_user_data_stream",
        "keepalive_user_data_stream",
        "close_user_data_stream",
    ),
]
BY_SYMBOL = [
    *(
        "user_commission_rate",
        "adl_risk",
        "compressed_aggregate_trades_list",
        "mark_price",
        "old_trades_lookup",
    ),
    *("open_interest", "order_book", "query_index_price_constituents"),
    *("query_insurance_fund_balance_snapshot", "recent_trades_list", "rpi_order_book"),
    *("symbol_order_book_ticker", "symbol_price_ticker", "symbol_price_ticker_v2"),
    *("ticker24hr_price_change_statistics", "account_trade_list", "all_orders"),
    *("get_position_margin_change_history", "query_all_algo_orders"),
]
BY_INTERVAL = [
    *("kline_candlestick_data", "mark_price_kline_candlestick_data", "premium_index_kline_data"),
]
BY_PERIOD = [
    *("long_short_ratio", "open_interest_statistics", "taker_buy_sell_volume"),
    *("top_trader_long_short_ratio_accounts", "top_trader_long_short_ratio_positions"),
]
PAIR: dict[str, Any] = {"pair": "BTCUSDT", "contract_type": "PERPETUAL"}
READS: Calls = [
    *((name, {}) for name in PLAIN),
    *((name, BTC) for name in BY_SYMBOL),
    *((name, {**BTC, "interval": "1m"}) for name in BY_INTERVAL),
    *((name, {**BTC, "period": "5m"}) for name in BY_PERIOD),
    ("index_price_kline_candlestick_data", {"pair": "BTCUSDT", "interval": "1m"}),
    ("continuous_contract_kline_candlestick_data", {**PAIR, "interval": "1m"}),
    ("basis", {**PAIR, "period": "5m"}),
    ("quarterly_contract_settlement_price", {"pair": "BTCUSDT"}),
]
SETTINGS: Calls = [
    ("auto_cancel_all_open_orders", {**BTC, "countdown_time": 0}),
    ("change_initial_leverage", {"symbol": "ETHUSDT", "leverage": 7}),
    ("change_margin_type", {"symbol": "ETHUSDT", "margin_type": "ISOLATED"}),
    ("new_order", {"symbol": "ETHUSDT", "side": "BUY", "type": "MARKET", "quantity": 0.1}),
    ("modify_isolated_position_margin", {"symbol": "ETHUSDT", "amount": 12.5, "type": 1}),
    ("get_position_margin_change_history", {"symbol": "ETHUSDT"}),
    ("toggle_bnb_burn_on_futures_trade", {"fee_burn": "true"}),
    (
        "place_multiple_orders",
        {
            "batch_orders": [
                {
                    **BUY,
                    "type": "LIMIT",
                    "time_in_force": "GTC",
                    "quantity": "0.01",
                    "price": "78000",
                    "new_client_order_id": "batch-1",
                },
                {**BUY, "type": "LIMIT", "quantity": "0.01"},
            ]
        },
    ),
    (
        "modify_multiple_orders",
        {
            "batch_orders": [
                {**BUY, "quantity": "0.01", "price": "77000", "orig_client_order_id": "batch-1"}
            ]
        },
    ),
    ("cancel_multiple_orders", {**BTC, "orig_client_order_id_list": ["batch-1", "nobody"]}),
    ("cancel_order", {**BTC, "orig_client_order_id": "rest-1"}),
    ("cancel_algo_order", {"client_algo_id": "algo-1"}),
    ("cancel_all_algo_open_orders", BTC),
    ("cancel_all_open_orders", BTC),
]
REFUSED: Calls = [
    ("change_multi_assets_mode", {"multi_assets_margin": "true"}),
    ("change_position_mode", {"dual_side_position": "true"}),
    ("change_margin_type", {**BTC, "margin_type": "CROSSED"}),
    ("cancel_order", {**BTC, "orig_client_order_id": "nobody"}),
    ("query_order", {**BTC, "orig_client_order_id": "nobody"}),
    ("new_order", {**BUY, "type": "MARKET", "quantity": 90.0}),
    ("new_order", {**LIMIT, "price": 80000.123}),
]
REFUSALS = (-1020, -4068, -4046, -2011, -2013, -2019, -1111)

SOCKET: Calls = [
    ("new_order", {**LIMIT, "price": 80000.0, "new_client_order_id": "ws-1"}),
    ("modify_order", {**BUY, "quantity": 0.02, "price": 79e3, "orig_client_order_id": "ws-1"}),
    ("query_order", {**BTC, "orig_client_order_id": "ws-1"}),
    ("cancel_order", {**BTC, "orig_client_order_id": "ws-1"}),
    (
        "new_algo_order",
        {
            **ALGO,
            "side": "BUY",
            "type": "STOP_MARKET",
            "trigger_price": 900000.0,
            "quantity": 0.01,
            "client_algo_id": "ws-algo-1",
        },
    ),
    ("cancel_algo_order", {"client_algo_id": "ws-algo-1"}),
    ("account_information", {}),
    ("account_information_v2", {}),
    ("futures_account_balance", {}),
    ("futures_account_balance_v2", {}),
    ("position_information", {}),
    ("order_book", BTC),
    ("symbol_order_book_ticker", BTC),
    ("symbol_price_ticker", BTC),
    ("start_user_data_stream", {}),
    ("keepalive_user_data_stream", {}),
    ("close_user_data_stream", {}),
    ("new_order", {**BUY, "type": "MARKET", "quantity": 0.01}),
    ("position_information_v2", {}),
]

ONE: dict[str, Any] = {"symbol": "btcusdt"}
CONTINUOUS: dict[str, Any] = {"pair": "btcusdt", "contract_type": "perpetual", "interval": "1m"}
STREAMS: Calls = [
    ("aggregate_trade_streams", ONE),
    ("all_book_tickers_stream", {}),
    ("all_market_mini_tickers_stream", {}),
    ("all_market_tickers_streams", {}),
    ("continuous_contract_kline_candlestick_streams", CONTINUOUS),
    ("diff_book_depth_streams", ONE),
    ("individual_symbol_book_ticker_streams", ONE),
    ("individual_symbol_mini_ticker_stream", ONE),
    ("individual_symbol_ticker_streams", ONE),
    ("kline_candlestick_streams", {**ONE, "interval": "1m"}),
    ("mark_price_stream", ONE),
    ("mark_price_stream_for_all_market", {}),
    ("partial_book_depth_streams", {**ONE, "levels": 5}),
]
EVENTS = ["OrderTradeUpdate", "AccountUpdate", "TradeLite", "AlgoUpdate", "AccountConfigUpdate"]
EVENT_CALLS: Calls = [
    ("new_order", {**BUY, "type": "MARKET", "quantity": 0.01}),
    ("change_initial_leverage", {"symbol": "ETHUSDT", "leverage": 7}),
    (
        "new_algo_order",
        {**ALGO, "type": "STOP_MARKET", "trigger_price": 50000.0, "close_position": "true"},
    ),
]
