"""Composition root of the web process: settings, database, routes, pages, guard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import reflex as rx
from reflex.utils.prerequisites import get_web_dir

from patriot_app.api.app import create_api
from patriot_app.api.bodies import BoundedBodies
from patriot_app.api.handshakes import HashedCookies
from patriot_app.api.headers import SecurityHeaders
from patriot_app.api.tracing import RequestTracing
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain import session_cookies
from patriot_app.core.logs import configure
from patriot_app.core.settings import get_settings
from patriot_app.web import console, guard, live, portal, routes, shell, sign_in, theme

settings = get_settings()
BUILD = get_web_dir() / "build" / "client"  # where Reflex serves from, see REFLEX_WEB_WORKDIR


def write_logs() -> None:
    """Write this process's logs as the daemon does: one object a line, without secrets."""
    configure(settings.log_level)


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """Connect, and follow changes while the process lives."""
    if not settings.database_url:
        yield
        return
    engine = create_engine(settings.database_url, process_name="patriot web", pool_size=10)
    use_engine(engine)
    following = asyncio.create_task(live.run(app, settings.database_url))
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        use_engine(None)
        await engine.dispose()


app = rx.App(
    stylesheets=theme.STYLESHEETS,
    head_components=[
        # Before the page's body: whoever sees a form can already send it.
        rx.el.script(src=theme.SCRIPT),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
    ],
    html_lang="en",
    backend_exception_handler=guard.on_handler_error,
    api_transformer=[
        create_api(),
        HashedCookies,
        BoundedBodies,
        RequestTracing,
        partial(
            SecurityHeaders,
            build=BUILD,
            public_url=settings.public_url,
            gated=[
                path.rstrip("/") for path in (*routes.CONSOLE, *routes.PORTAL, *routes.OF_ONESELF)
            ],
            cookie=session_cookies.NAME,
        ),
    ],
)
app.add_middleware(guard.Guard(), index=0)
app.register_lifespan_task(write_logs)
app.register_lifespan_task(database)
import_module(f"{sign_in.__name__}.page")
for area in (console, portal):
    for folder in iter_modules(area.__path__, f"{area.__name__}."):
        if find_spec(f"{folder.name}.page") is not None:
            import_module(f"{folder.name}.page")
for page in shell.REGISTERED:
    app.add_page(
        page.build,
        route=page.route,
        title=f"{page.title} · PATRIOT",
        on_load=list(page.on_load),
    )
guard.check_handlers()
