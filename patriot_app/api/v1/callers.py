"""Which program asks, what it may, and how often: looked up for every request."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response

from patriot_app.api.forms import address_of
from patriot_app.api.v1.limits import LIMITS
from patriot_app.api.v1.problems import Problem
from patriot_app.core.domain.api_scopes import Scope, may
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries import programs
from patriot_app.core.queries.programs import Program

HOW = 'Send "Authorization: Bearer <access token>" or "X-API-Key: <key>"'


async def program(request: Request, response: Response) -> Program:
    """Return the program that asks.

    A browser's cookie counts for nothing here, so no page of another site can ask in its name.

    Raises:
        Problem: 401 without good credentials, 429 beyond its budget.
    """
    found = await _found(request)
    if found is None:
        raise Problem(401, HOW, headers={"www-authenticate": "Bearer"})
    budget = LIMITS.spend(found.limit_key, per_minute=found.per_minute)
    if budget.wait_s:
        raise Problem(429, f"Ask again in {budget.wait_s} s", headers=budget.headers)
    response.headers.update(budget.headers)
    response.headers["cache-control"] = "no-store"
    return found


async def _found(request: Request) -> Program | None:
    ip = address_of(request)
    key = request.headers.get("x-api-key", "")
    if key:
        return await programs.by_api_key(key, ip=ip)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    return await programs.by_access_token(token.strip(), ip=ip)


def allowed(scope: Scope) -> Callable[[Program], Awaitable[Actor]]:
    """Return what lets only those programs through that may do something.

    Raises (when it runs):
        Problem: 403.
    """

    async def check(asking: Annotated[Program, Depends(program)]) -> Actor:
        if not may(asking.actor, scope, asking.scopes):
            raise Problem(403, f"This program may not do {scope.value}")
        return asking.actor

    return check
