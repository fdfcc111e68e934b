"""The plain HTTP routes of the web process: what must not travel through Reflex."""

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from patriot_app.api import (
    accounts,
    clients,
    health,
    invite,
    join,
    metrics,
    my_email,
    my_keys,
    my_password,
    my_sessions,
    my_telegram,
    regulatory_export,
    second_factor,
    session,
    team,
    telegram_sign_in,
    webhooks,
)
from patriot_app.api.documents import routes as documents
from patriot_app.api.v1 import auth, problems, reading
from patriot_app.core.domain.permission_matrix import MATRIX

OWN = (
    session,
    telegram_sign_in,
    second_factor,
    my_sessions,
    my_telegram,
    my_keys,
    my_password,
    my_email,
)
DESK = (
    invite,
    join,
    team,
    accounts,
    clients,
    documents,
    webhooks,
    regulatory_export,
    health,
    metrics,
)
FOR_PROGRAMS = (auth, reading)


def create_api() -> FastAPI:
    """Return the routes; Reflex's own application is mounted behind them.

    Raises:
        RuntimeError: a route that the permission matrix does not name, or one it names in vain.
    """
    api = FastAPI(title="PATRIOT", docs_url=None, redoc_url=None, openapi_url=None)
    for module in (*OWN, *DESK, *FOR_PROGRAMS):
        api.include_router(module.router)
    problems.install(api)
    _check_routes(set(route_names(api)))
    return api


def route_names(api: FastAPI) -> Iterator[str]:
    """Yield each route as the matrix names it, such as "POST /api/session"."""
    for found in iter_route_contexts(api.routes):
        methods = found.methods or {"ANY"}
        yield from (f"{method} {found.path}" for method in sorted(methods))


def _check_routes(names: set[str]) -> None:
    if different := names ^ set(MATRIX.routes):
        raise RuntimeError(f"Routes and permissions.toml differ: {', '.join(sorted(different))}")
