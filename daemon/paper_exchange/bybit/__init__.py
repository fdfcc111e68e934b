"""Bybit v5 linear contracts, as a client sees them."""

from __future__ import annotations

from aiohttp import web

from daemon.paper_exchange.bybit.rest import BybitRest
from daemon.paper_exchange.bybit.stream import BybitStreams
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.paper_exchange.faults.maintenance import notices
from daemon.paper_exchange.host import PaperHost

__all__ = ["REST", "STREAMS", "mount"]

REST: web.AppKey[BybitRest] = web.AppKey("bybit_rest", BybitRest)
STREAMS: web.AppKey[BybitStreams] = web.AppKey("bybit_streams", BybitStreams)


def mount(app: web.Application, host: PaperHost, options: BybitOptions | None = None) -> None:
    """Serve Bybit's paths from the engine "bybit" of the host."""
    engine = host.engines["bybit"]
    rest = BybitRest(engine, host.wall_ms, options, lambda: notices(host.faults))
    streams = BybitStreams(rest, host.wall_ms, host.sockets)
    stops = rest.parts.stops
    stops.recover()
    # Stops first: a fill's stop is placed before the streams tell of the tick.
    engine.subscribe(stops.watch)
    engine.subscribe(rest.parts.disconnects.watch)
    engine.subscribe(streams.watch)
    app[REST], app[STREAMS] = rest, streams
    app.on_shutdown.append(streams.close_all)
    app.router.add_get("/v5/public/linear", streams.serve_public)
    for category in ("spot", "inverse", "option"):
        app.router.add_get(f"/v5/public/{category}", streams.serve_other)
    app.router.add_get("/v5/public/misc/status", streams.serve_status)
    app.router.add_get("/v5/private", streams.serve_private)
    app.router.add_get("/v5/trade", streams.serve_trade)
    host.entrance.add_beginning(app, "bybit", "/v5/", rest.respond)
