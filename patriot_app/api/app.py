"""The plain HTTP routes of the web process: what must not travel through Reflex."""

from fastapi import FastAPI

from patriot_app.api import accounts, clients, health, invite, join, metrics, second_factor, session


def create_api() -> FastAPI:
    """Return the routes; Reflex's own application is mounted behind them."""
    api = FastAPI(title="PATRIOT", docs_url=None, redoc_url=None, openapi_url=None)
    for module in (session, second_factor, invite, join, accounts, clients, health, metrics):
        api.include_router(module.router)
    return api
