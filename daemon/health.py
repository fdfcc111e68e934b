"""/healthz, /readyz, /statusz and /metrics of the daemon, on loopback unless told otherwise."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from daemon.context import Context, Living
from daemon.execution import condition
from patriot_app.core.domain.conditions import Trading

LIVING: web.AppKey[Living] = web.AppKey("living")


async def serve(living: Living, *, port: int, host: str = "127.0.0.1") -> web.AppRunner:
    """Start serving; the caller cleans the runner up."""
    app = web.Application()
    app[LIVING] = living
    app.add_routes(
        [
            web.get("/healthz", _healthz),
            web.get("/readyz", _readyz),
            web.get("/statusz", _statusz),
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
    if isinstance(living, Context):
        body |= condition.details(living)
    return web.json_response(body, status=200 if ready else 503)


async def _statusz(request: web.Request) -> web.Response:
    """Say in one line whether this process trades; 503 while it does not."""
    living = request.app[LIVING]
    if not isinstance(living, Context):
        return web.Response(text=f"{living.role}: it never trades\n")
    found = condition.of(living)
    status = 503 if found.trading is Trading.NOT_TRADING else 200
    return web.Response(text=f"{found}\n", status=status)


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
