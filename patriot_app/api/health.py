"""Is the web process alive, and can it serve?"""

from fastapi import APIRouter, Response

from patriot_app.core.queries import desk

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer while the event loop turns."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(response: Response) -> dict[str, str]:
    """Answer 200 only while the database answers."""
    if not await desk.is_reachable():
        response.status_code = 503
        return {"status": "database unavailable"}
    return {"status": "ready"}
