"""Is the web process alive, and can it serve?"""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from patriot_app.core.domain.conditions import Trading
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


@router.get("/statusz", response_class=PlainTextResponse)
async def statusz(response: Response) -> str:
    """Say in one line whether the desk trades; 503 while it does not."""
    if not await desk.is_reachable():
        response.status_code = 503
        return "not trading: the database does not answer\n"
    found = await desk.condition()
    if found.trading is Trading.NOT_TRADING:
        response.status_code = 503
    return f"{found}\n"
