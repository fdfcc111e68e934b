"""What is to be halted: the form of the halt switch, and the one scope that it means."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import pydantic

from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import strategies as strategy_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.web.parts.halt_rows import subject_of

ONE_CLIENT, ONE_ACCOUNT = "client:", "account:"


class HaltForm(pydantic.BaseModel):
    """What is to be halted and how far."""

    target: str = pydantic.Field(min_length=1, max_length=100)
    name: str = pydantic.Field(default="", max_length=200)
    how_far: Literal["1", "2-reducing", "2", "3", "4"] = "2"


@dataclass(frozen=True, slots=True)
class Target:
    """A scope that was chosen, with its name."""

    scope: HaltScope
    scope_id: str
    subject: str


async def target_of(actor: Actor, form: HaltForm) -> Target:
    """Return the one scope that the form means.

    Raises:
        Invalid: it names none or several.
    """
    kind, _, scope_id = form.target.partition(":")
    if kind not in set(HaltScope):
        raise Invalid({"target": "Choose what to halt"})
    scope = HaltScope(kind)
    if scope in (HaltScope.CLIENT, HaltScope.ACCOUNT):
        return await _named(actor, scope, form.name.strip())
    if scope is HaltScope.STRATEGY:
        try:
            found = await strategy_queries.detail(actor, UUID(scope_id))
        except ValueError as error:
            raise NotFound(f"There is no strategy {scope_id}") from error
        return Target(scope, scope_id, found.summary.name)
    return Target(scope, scope_id, subject_of(scope, scope_id))


async def _named(actor: Actor, scope: HaltScope, name: str) -> Target:
    if not name:
        raise Invalid({"name": f"Say which {scope}"})
    request = PageRequest(size=2, search=name)
    if scope is HaltScope.CLIENT:
        clients = await user_queries.page(actor, request)
        options = [(item.id, item.name) for item in clients.items]
        total = clients.total
    else:
        accounts = await account_queries.page(actor, request)
        options = [(item.id, f"{item.client_name} · {item.label}") for item in accounts.items]
        total = accounts.total
    if total != 1:
        found = "Nothing matches" if not total else f"{total} match; be more precise"
        raise Invalid({"name": found})
    return Target(scope, str(options[0][0]), options[0][1])
