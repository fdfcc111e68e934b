"""What programs read: the accounts and positions that their person may see. Amounts are text."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from patriot_app.api.v1 import auth
from patriot_app.api.v1.callers import allowed
from patriot_app.core.domain.api_scopes import Scope
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import positions as position_queries
from patriot_app.core.queries.accounts import AccountSummary
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.queries.positions import PositionSummary

router = APIRouter(prefix="/api/v1", tags=["reading"])

VERSION = "1"
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
PageSize = Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)]


class Account(BaseModel):
    """One exchange account; money in USDT."""

    id: UUID
    label: str
    exchange: str
    mode: str
    status: str
    is_ready: bool
    equity: str | None
    wallet_balance: str | None
    unrealised_pnl: str | None
    available_balance: str | None
    open_positions: int
    observed_at: datetime | None


class Position(BaseModel):
    """One open position; quantity in contracts, signed."""

    account_id: UUID
    account: str
    exchange: str
    symbol: str
    position_side: str
    quantity: str
    entry_price: str
    mark_price: str
    unrealised_pnl: str
    stop_loss: str | None
    take_profit: str | None
    opened_at: datetime | None


class Accounts(BaseModel):
    """One page of accounts."""

    items: list[Account]
    total: int
    page: int


class Positions(BaseModel):
    """One page of positions."""

    items: list[Position]
    total: int
    page: int


@router.get("/accounts")
async def accounts(
    actor: Annotated[Actor, Depends(allowed(Scope.ACCOUNTS_READ))],
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Accounts:
    """List the accounts that the program's person may see."""
    found = await account_queries.page(actor, PageRequest(page=page, size=size))
    return Accounts(items=[_account(one) for one in found.items], total=found.total, page=page)


@router.get("/positions")
async def positions(
    actor: Annotated[Actor, Depends(allowed(Scope.POSITIONS_READ))],
    page: PageNumber = 1,
    size: PageSize = 50,
) -> Positions:
    """List the open positions that the program's person may see."""
    found = await position_queries.page(actor, PageRequest(page=page, size=size))
    return Positions(items=[_position(one) for one in found.items], total=found.total, page=page)


@router.get("/openapi.json", include_in_schema=False)
async def description() -> JSONResponse:
    """Describe the interface (OpenAPI 3.1)."""
    described = FastAPI()
    described.include_router(auth.router)
    described.include_router(router)
    return JSONResponse(
        get_openapi(title="PATRIOT for programs", version=VERSION, routes=described.routes)
    )


def _account(one: AccountSummary) -> Account:
    return Account(
        id=one.id,
        label=one.label,
        exchange=one.exchange,
        mode=one.mode,
        status=one.status,
        is_ready=one.is_ready,
        equity=_text(one.equity),
        wallet_balance=_text(one.wallet_balance),
        unrealised_pnl=_text(one.unrealised_pnl),
        available_balance=_text(one.available_balance),
        open_positions=one.open_positions,
        observed_at=one.observed_at,
    )


def _position(one: PositionSummary) -> Position:
    return Position(
        account_id=one.account_id,
        account=one.account,
        exchange=one.exchange,
        symbol=one.symbol,
        position_side=one.position_side,
        quantity=f"{one.quantity:f}",
        entry_price=f"{one.entry_price:f}",
        mark_price=f"{one.mark_price:f}",
        unrealised_pnl=f"{one.unrealised_pnl:f}",
        stop_loss=_text(one.live_stop),
        take_profit=_text(one.live_target),
        opened_at=one.opened_at,
    )


def _text(amount: Any) -> str | None:
    return None if amount is None else f"{amount:f}"
