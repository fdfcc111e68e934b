"""/healthz, /readyz and /metrics of the daemon, on loopback unless told otherwise."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from daemon.context import Living

LIVING: web.AppKey[Living] = web.AppKey("living")


async def serve(living: Living, *, port: int, host: str = "127.0.0.1") -> web.AppRunner:
    """Start serving; the caller cleans the runner up."""
    app = web.Application()
    app[LIVING] = living
    app.add_routes(
        [
            web.get("/healthz", _healthz),
            web.get("/readyz", _readyz),
            web.get("/metrics", _metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "process": request.app[LIVING].process})


async def _readyz(request: web.Request) -> web.Response:
    living = request.app[LIVING]
    ready = living.is_ready()
    body = {"ready": ready, **living.vital_signs()}
    return web.json_response(body, status=200 if ready else 503)


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
