"""The plain HTTP routes of the web process: what must not travel through Reflex."""

from fastapi import FastAPI

from patriot_app.api import health, metrics


def create_api() -> FastAPI:
    """Return the routes; Reflex's own application is mounted behind them."""
    api = FastAPI(title="PATRIOT", docs_url=None, redoc_url=None, openapi_url=None)
    for router in (health.router, metrics.router):
        api.include_router(router)
    return api
