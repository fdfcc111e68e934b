"""``/_paper``: the hand on the exchange, for the demo, tests and drills.

It knows no authentication and therefore answers the machine itself only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson
from aiohttp import web

from daemon.paper_exchange.accounts import Account, Permissions
from daemon.paper_exchange.codec import encode
from daemon.paper_exchange.commands import (
    ClosePosition,
    CreateAccount,
    SetPermissions,
    Transfer,
)
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.journal import Journal
from daemon.paper_exchange.refusals import Refused

PREFIX: Final = "/_paper"
_LOOPBACK: Final = ("127.", "::1", "::ffff:127.")
_HIDDEN: Final = frozenset({"api_secret", "listen_key"})

Work = Callable[[web.Request, dict[str, Any]], Awaitable[object]]


class Control:
    """The handlers, each from JSON to JSON."""

    def __init__(self, host: PaperHost, journal: Journal | None) -> None:
        self._host = host
        self._journal = journal

    async def read_clock(self, request: web.Request, body: dict[str, Any]) -> object:
        """Return the market clock."""
        clock = self._host.clock
        return {
            "market_ms": clock.now_ms(),
            "wall_ms": self._host.wall_ms(),
            "speed": clock.speed,
            "paused": clock.paused,
            "end_ms": clock.end_ms,
            "finished": clock.finished,
        }

    async def set_clock(self, request: web.Request, body: dict[str, Any]) -> object:
        """Change speed, pause, or go on by a step (milliseconds of market time)."""
        clock = self._host.clock
        speed, paused = body.get("speed"), body.get("paused")
        if speed is not None and not 0 < float(speed) <= 10_000:
            raise web.HTTPBadRequest(text="speed must be in (0, 10000]")
        step_ms = int(body.get("step_ms", 0))
        if step_ms < 0:
            raise web.HTTPBadRequest(text="step_ms must not be negative")
        clock.set(
            market_ms=clock.now_ms() + step_ms,
            speed=None if speed is None else float(speed),
            paused=None if paused is None else bool(paused),
        )
        if self._journal is not None:
            self._journal.record_clock(clock)
        for engine in self._host.engines.values():
            engine.tick()
        return await self.read_clock(request, body)

    async def list_accounts(self, request: web.Request, body: dict[str, Any]) -> object:
        """Return every account in short."""
        return [
            {
                "exchange": name,
                "api_key": account.api_key,
                "label": account.label,
                "uid": account.uid,
                "wallet_balance": account.wallet_balance,
                "positions": sum(1 for held in account.positions.values() if held.quantity),
                "open_orders": len(account.open_orders),
                "trades": len(account.trades),
            }
            for name, engine in self._host.engines.items()
            for account in engine.accounts.values()
        ]

    async def create_account(self, request: web.Request, body: dict[str, Any]) -> object:
        """Open an account; the same key again returns it as it is."""
        engine = self._engine(body["exchange"])
        leverage = body.get("leverage")
        command = CreateAccount(
            api_key=str(body["api_key"]),
            api_secret=str(body["api_secret"]),
            label=str(body.get("label", "")),
            balance=_amount(body.get("balance", 0)),
            permissions=_permissions(Permissions(), body.get("permissions", {})),
            leverage=None if leverage is None else int(leverage),
        )
        return _dump(engine.create_account(command), history=False)

    async def show_account(self, request: web.Request, body: dict[str, Any]) -> object:
        """Return all that the exchange knows about an account, its secret left out."""
        engine, account = self._account(request)
        engine.enter()
        return _dump(account, history=True)

    async def deposit(self, request: web.Request, body: dict[str, Any]) -> object:
        """Move USDT into an account."""
        engine, account = self._account(request)
        engine.submit(account, Transfer(amount=_positive(body["amount"])))
        return _dump(account, history=False)

    async def withdraw(self, request: web.Request, body: dict[str, Any]) -> object:
        """Move USDT out of an account."""
        engine, account = self._account(request)
        engine.submit(account, Transfer(amount=-_positive(body["amount"])))
        return _dump(account, history=False)

    async def set_permissions(self, request: web.Request, body: dict[str, Any]) -> object:
        """Change what a key may do; what is not named stays."""
        engine, account = self._account(request)
        permissions = _permissions(account.permissions, body)
        engine.submit(account, SetPermissions(permissions=permissions))
        return _dump(account, history=False)

    async def close_position(self, request: web.Request, body: dict[str, Any]) -> object:
        """Close a position at the market as if by hand elsewhere."""
        engine, account = self._account(request)
        engine.submit(account, ClosePosition(symbol=str(body["symbol"])))
        return _dump(account, history=False)

    async def set_price(self, request: web.Request, body: dict[str, Any]) -> object:
        """Script a price, absolute or by percent, on every exchange or one."""
        symbol = str(body["symbol"])
        names = [body["exchange"]] if "exchange" in body else list(self._host.engines)
        applied: dict[str, Decimal] = {}
        for name in names:
            engine = self._engine(name)
            engine.enter()
            if "price" in body:
                price = _amount(body["price"])
            else:
                percent = _amount(body["percent"])
                price = engine.market(symbol).last_price * (1 + percent / 100)
            applied[name] = engine.set_price(symbol, price)
        return {"symbol": symbol, "prices": applied}

    async def plan_fault(self, request: web.Request, body: dict[str, Any]) -> object:
        """Let the next matching requests go wrong."""
        rule = self._host.faults.plan(body)
        return {"planned": len(self._host.faults.rules), "fault": rule.describe()}

    async def list_faults(self, request: web.Request, body: dict[str, Any]) -> object:
        """Return the planned faults and those that happened."""
        faults = self._host.faults
        return {
            "planned": [rule.describe() for rule in faults.rules],
            "happened": list(faults.happened),
        }

    async def clear_faults(self, request: web.Request, body: dict[str, Any]) -> object:
        """Forget the planned faults."""
        self._host.faults.clear()
        return {"planned": 0}

    async def health(self, request: web.Request, body: dict[str, Any]) -> object:
        """Return that the process works and how much it holds."""
        accounts = {name: len(engine.accounts) for name, engine in self._host.engines.items()}
        prices = {
            name: {symbol: market.last_price for symbol, market in engine.state.markets.items()}
            for name, engine in self._host.engines.items()
        }
        return {"status": "ok", "accounts": accounts, "prices": prices}

    def _engine(self, name: str) -> Engine:
        engine = self._host.engines.get(name)
        if engine is None:
            raise web.HTTPNotFound(text=f"no exchange {name}")
        return engine

    def _account(self, request: web.Request) -> tuple[Engine, Account]:
        engine = self._engine(request.match_info["exchange"])
        account = engine.accounts.get(request.match_info["api_key"])
        if account is None:
            raise web.HTTPNotFound(text="no such account")
        return engine, account


def mount_control(app: web.Application, host: PaperHost, journal: Journal | None) -> None:
    """Add the control routes."""
    control = Control(host, journal)
    account = "/accounts/{exchange}/{api_key}"
    routes: tuple[tuple[str, str, Work], ...] = (
        ("GET", "/health", control.health),
        ("GET", "/clock", control.read_clock),
        ("POST", "/clock", control.set_clock),
        ("GET", "/accounts", control.list_accounts),
        ("POST", "/accounts", control.create_account),
        ("GET", account, control.show_account),
        ("POST", f"{account}/deposit", control.deposit),
        ("POST", f"{account}/withdraw", control.withdraw),
        ("POST", f"{account}/permissions", control.set_permissions),
        ("POST", f"{account}/close_position", control.close_position),
        ("POST", "/price", control.set_price),
        ("GET", "/faults", control.list_faults),
        ("POST", "/faults", control.plan_fault),
        ("DELETE", "/faults", control.clear_faults),
    )
    for method, path, work in routes:
        app.router.add_route(method, PREFIX + path, _serve(work))


def _serve(work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        if not (request.remote or "").startswith(_LOOPBACK):
            raise web.HTTPForbidden(text="control is for this machine only")
        try:
            raw = await request.read()
            body = orjson.loads(raw) if raw else {}
            if not isinstance(body, dict):
                raise web.HTTPBadRequest(text="a JSON object is expected")
            answer = await work(request, body)
        except Refused as refused:
            return _json({"error": refused.reason, "facts": refused.facts}, status=409)
        except (KeyError, ValueError, TypeError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, status=400)
        return _json(answer, status=200)

    return serve


def _json(answer: object, *, status: int) -> web.Response:
    return web.Response(status=status, body=encode(answer), content_type="application/json")


def _dump(account: Account, *, history: bool) -> dict[str, Any]:
    whole = {
        name: getattr(account, name) for name in Account.__dataclass_fields__ if name not in _HIDDEN
    }
    if not history:
        for name in ("orders", "conditionals", "trades", "ledger"):
            whole[name] = len(whole[name])
        del whole["client_order_ids"], whole["client_conditional_ids"]
    return whole


def _permissions(before: Permissions, body: dict[str, Any]) -> Permissions:
    unknown = set(body) - set(asdict(before))
    if unknown:
        raise ValueError(f"unknown permissions {sorted(unknown)}")
    changes = dict(body)
    if "ip_whitelist" in changes:
        changes["ip_whitelist"] = tuple(str(ip) for ip in changes["ip_whitelist"])
    return replace(before, **changes)


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not amount.is_finite():
        raise ValueError(f"{value!r} is not a number")
    return amount


def _positive(value: object) -> Decimal:
    amount = _amount(value)
    if amount <= 0:
        raise ValueError("the amount must be positive")
    return amount
