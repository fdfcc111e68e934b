"""The Binance dialect put together on an application."""

from __future__ import annotations

from aiohttp import web

from daemon.paper_exchange.binance.call import NAME, BinanceOptions, Dialect
from daemon.paper_exchange.binance.limits import RateLimits
from daemon.paper_exchange.binance.publisher import Publisher
from daemon.paper_exchange.binance.rest import mount_rest
from daemon.paper_exchange.binance.stream import StreamHub
from daemon.paper_exchange.binance.ws_api import WsApi
from daemon.paper_exchange.host import PaperHost

_GROUP = "/{group:public|market|private}"


def mount_binance(
    app: web.Application, host: PaperHost, options: BinanceOptions | None = None
) -> None:
    """Add REST endpoints and streams of the Binance dialect."""
    chosen = options or BinanceOptions()
    engine = host.engines[NAME]
    limits = RateLimits(weight_limit=chosen.weight_limit, retry_after=chosen.retry_after)
    dialect = Dialect(host=host, engine=engine, options=chosen, limits=limits)
    hub = StreamHub(dialect)
    engine.subscribe(Publisher(hub).on_event)
    mount_rest(app, dialect)
    api = WsApi(dialect)
    app.router.add_get("/ws-fapi/v1", api.serve)
    for prefix in (_GROUP, ""):
        app.router.add_get(f"{prefix}/ws", hub.serve)
        app.router.add_get(f"{prefix}/ws/{{names:.*}}", hub.serve)
        app.router.add_get(f"{prefix}/stream", hub.serve)

    async def close_streams(_: web.Application) -> None:
        await hub.close()
        await api.close()

    app.on_shutdown.append(close_streams)
