"""Listen to streams through the official Binance client and tell how its models took the frames.

Settings: url, ws_url, api_key, api_secret, streams as pairs of a method and its arguments, events
(names of user events to wait for), and calls to make over REST once everything listens. Each line
tells the first frame of a stream or of an event; the script ends when all have come.
"""

import asyncio
import json
import logging
import sys

from binance_common.configuration import ConfigurationRestAPI, ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from models import read

LIMIT_S = 200.0


class Watch:
    """What has come and what is still waited for."""

    def __init__(self, wanted):
        self.wanted = set(wanted)
        self.done = asyncio.Event()

    def take(self, name, frame):
        """Tell a first frame."""
        if name not in self.wanted:
            return
        print(json.dumps({"method": name, **read(frame)}, default=str), flush=True)
        self.wanted.discard(name)
        if not self.wanted:
            self.done.set()


def event_name(frame):
    """Return the name of a user event."""
    actual = getattr(frame, "actual_instance", frame)
    return type(actual).__name__


async def main():
    """Work the settings."""
    logging.disable(logging.CRITICAL)
    settings = json.load(sys.stdin)
    client = DerivativesTradingUsdsFutures(
        config_rest_api=ConfigurationRestAPI(
            api_key=settings["api_key"],
            api_secret=settings["api_secret"],
            base_path=settings["url"],
            timeout=60_000,
        ),
        config_ws_streams=ConfigurationWebSocketStreams(stream_url=settings["ws_url"]),
    )
    rest = client.rest_api
    names = [name for name, _ in settings["streams"]]
    watch = Watch([*names, *settings["events"]])
    connection = await client.websocket_streams.create_connection()
    try:
        key = rest.start_user_data_stream().data().listen_key
        private = await connection.user_data(key)
        private.on("message", lambda frame: watch.take(event_name(frame), frame))
        for name, arguments in settings["streams"]:
            stream = await getattr(connection, name)(**arguments)
            stream.on("message", lambda frame, name=name: watch.take(name, frame))
        for name, arguments in settings["calls"]:
            await asyncio.to_thread(lambda name=name, own=arguments: getattr(rest, name)(**own))
        await asyncio.wait_for(watch.done.wait(), LIMIT_S)
    except TimeoutError:
        sys.exit(f"never came: {sorted(watch.wanted)}")
    finally:
        await connection.close_connection(close_session=True)


asyncio.run(main())
