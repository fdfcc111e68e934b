"""The page's own paths; like the control they answer this machine only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

import orjson
from aiohttp import web

from daemon.paper_exchange import bybit
from daemon.paper_exchange.control.guard import refuse_stranger
from daemon.paper_exchange.control.routes import Desk, control_routes
from daemon.paper_exchange.page.activity import Activity
from daemon.paper_exchange.page.catalogue import describe_served, draw_served, list_served
from daemon.paper_exchange.page.sections import Sections
from daemon.paper_exchange.page.shell import draw_page

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Answer = Callable[[web.Request], web.Response]


def mount_page(app: web.Application, desk: Desk) -> None:
    """Add the page; both dialects must be mounted."""
    activity = Activity(desk.host.entrance.requests)
    for engine in desk.host.engines.values():
        engine.subscribe(activity.on_event)
    sections = Sections(desk.host, activity)
    here = files("daemon.paper_exchange.page")
    style, script = (here.joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))

    def show_page(request: web.Request) -> web.Response:
        return _respond(draw_page(sections.draw()), "text/html")

    def show_parts(request: web.Request) -> web.Response:
        return _respond(orjson.dumps(sections.draw()).decode(), "application/json")

    def show_api(request: web.Request) -> web.Response:
        served = list_served(app, app[bybit.REST], control_routes(desk))
        wants_json = request.query.get("format") == "json" or (
            "text/html" not in request.headers.get("Accept", "")
        )
        if wants_json:
            return _respond(orjson.dumps(describe_served(served)).decode(), "application/json")
        return _respond(draw_served(served), "text/html")

    pages: tuple[tuple[str, Answer], ...] = (
        ("/", show_page),
        ("/_paper/page/parts", show_parts),
        ("/_paper/api", show_api),
        ("/_paper/page.css", lambda request: _respond(style, "text/css")),
        ("/_paper/page.js", lambda request: _respond(script, "text/javascript")),
    )
    for path, answer in pages:
        app.router.add_get(path, _guarded(answer))


def _guarded(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        refusal = refuse_stranger(request)
        if refusal is not None:
            return web.Response(status=403, text=refusal, headers=_HEADERS)
        return answer(request)

    return handle


def _respond(content: str, kind: str) -> web.Response:
    return web.Response(text=content, content_type=kind, charset="utf-8", headers=_HEADERS)
