"""Prometheus metrics of the web process."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

router = APIRouter()


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Return the metrics to scrapers on this machine; a proxy must not forward this path."""
    if request.client is None or request.client.host not in {"127.0.0.1", "::1"}:
        return Response(status_code=404)
    if "x-forwarded-for" in request.headers:
        return Response(status_code=404)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
