"""/healthz, /readyz and /metrics of the daemon, on loopback unless told otherwise."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from daemon.context import Context

CONTEXT = web.AppKey("context", Context)


async def serve(context: Context, *, host: str = "127.0.0.1") -> web.AppRunner:
    """Start serving; the caller cleans the runner up."""
    app = web.Application()
    app[CONTEXT] = context
    app.add_routes(
        [
            web.get("/healthz", _healthz),
            web.get("/readyz", _readyz),
            web.get("/metrics", _metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, context.settings.health_port).start()
    return runner


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "process": request.app[CONTEXT].process})


async def _readyz(request: web.Request) -> web.Response:
    lease = request.app[CONTEXT].lease
    ready = len(lease.held) > 0 and len(lease.ready) == len(lease.held)
    body = {"ready": ready, "shards": len(lease.held), "recovered": len(lease.ready)}
    return web.json_response(body, status=200 if ready else 503)


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
