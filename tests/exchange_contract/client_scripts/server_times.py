"""Ask both exchanges for their time, each through its maker's own client."""

import json
import sys

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from pybit.unified_trading import HTTP

settings = json.load(sys.stdin)

binance = DerivativesTradingUsdsFutures(
    config_rest_api=ConfigurationRestAPI(base_path=settings["url"], timeout=60_000)
)
time_ms = binance.rest_api.check_server_time().data().server_time
print(json.dumps({"exchange": "binance", "time_ms": time_ms}))

bybit = HTTP(timeout=60)
bybit.endpoint = settings["url"]
time_ms = int(bybit.get_server_time()["time"])
print(json.dumps({"exchange": "bybit", "time_ms": time_ms}))
