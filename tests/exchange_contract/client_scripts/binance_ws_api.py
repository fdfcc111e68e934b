"""Call methods of the official Binance client over the WebSocket API.

Settings: ws_url, api_key, api_secret, logon, and calls as pairs of a method and its arguments.
Each line tells one call, as `binance_rest` does.
"""

import asyncio
import json
import logging
import sys

from binance_common.configuration import ConfigurationWebSocketAPI
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from models import read


async def call(connection, name, arguments):
    """Call one method."""
    response = await getattr(connection, name)(**arguments)
    data = response.data()
    told = {"method": name, "limits": len(response.rate_limits or [])}
    if isinstance(data, dict):
        return {**told, "error": data.get("error")}
    return {**told, **read(data)}


async def main():
    """Work the settings."""
    logging.disable(logging.CRITICAL)
    settings = json.load(sys.stdin)
    configuration = ConfigurationWebSocketAPI(
        api_key=settings["api_key"],
        api_secret=settings["api_secret"],
        stream_url=f"{settings['ws_url']}/ws-fapi/v1",
        timeout=60_000,
    )
    client = DerivativesTradingUsdsFutures(config_ws_api=configuration)
    connection = await client.websocket_api.create_connection()
    try:
        for name, arguments in settings["calls"]:
            print(json.dumps(await call(connection, name, arguments), default=str))
    finally:
        await connection.close_connection(close_session=True)


asyncio.run(main())
