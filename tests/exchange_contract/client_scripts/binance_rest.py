"""Call methods of the official Binance client and tell how its typed models took the answers.

Settings: url, api_key, api_secret, and calls as pairs of a method and its arguments. Each line
tells one call: its data, the keys that the models do not know, and those that they missed; or the
error that it raised.
"""

import json
import logging
import sys

from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import Error
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from models import read


def call(client, name, arguments):
    """Call one method."""
    try:
        data = getattr(client, name)(**arguments).data()
    except Error as error:
        return {"method": name, "error": type(error).__name__, "message": str(error)}
    return {"method": name, **read(data)}


def main():
    """Work the settings."""
    logging.disable(logging.CRITICAL)
    settings = json.load(sys.stdin)
    configuration = ConfigurationRestAPI(
        api_key=settings["api_key"],
        api_secret=settings["api_secret"],
        base_path=settings["url"],
        timeout=60_000,
        retries=0,
    )
    client = DerivativesTradingUsdsFutures(config_rest_api=configuration).rest_api
    for name, arguments in settings["calls"]:
        print(json.dumps(call(client, name, arguments), default=str))


main()
