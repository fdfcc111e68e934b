"""Who is signed in, looked up on the server for each event, and what a handler demands of him.

Nothing here trusts a var: the HttpOnly cookie that came with the socket's handshake is hashed and
looked up in the database. `guard.Guard` does that before any handler runs and puts the result into
a context variable; `@requires` checks it again at the handler.
"""

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Actor, Permission, grant_of
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.queries import sessions as session_queries
from patriot_app.web.arguments import parse_argument, parse_form

SignedIn = session_queries.SessionActor
F = TypeVar("F", bound=Callable[..., Any])


class Access(StrEnum):
    """What a handler may demand besides a permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a handler demands.

    Attributes:
        model: parses the handler's form (its one dict argument), extra keys forbidden.
        step_up: the password or a code must have been given within five minutes, also where the
            matrix does not ask for it.
    """

    access: Permission | Access
    model: type[pydantic.BaseModel] | None = None
    step_up: bool = False


class SessionState(rx.State):
    """Binds a browser tab's state to the session that filled it; never sent to the browser."""

    _bound_to: str = ""


_signed_in: ContextVar[SignedIn | None] = ContextVar("signed_in", default=None)
_address: ContextVar[str] = ContextVar("address", default="/")


def requires(
    access: Permission | Access,
    model: type[pydantic.BaseModel] | None = None,
    *,
    step_up: bool = False,
) -> Callable[[F], F]:
    """Declare what an event handler demands; put it under `@rx.event`.

    With a model the handler's form arrives parsed: `async def save(self, form: LimitForm)`. What
    does not parse becomes the state's `errors` (see `actions.DialogMixin`) and nothing runs.
    Other arguments are checked against their annotations: text, numbers, booleans and lists.
    """
    requirement = Requirement(access=access, model=model, step_up=step_up)

    def decorate(function: F) -> F:
        wrapped = _wrap(function, requirement)
        wrapped.__requires__ = requirement  # type: ignore[attr-defined]
        return wrapped

    return decorate


def requirement_of(function: Callable[..., Any]) -> Requirement | None:
    """Return what a handler demands; None: it was not declared and must not run."""
    found = getattr(function, "__requires__", None)
    return found if isinstance(found, Requirement) else None


def check(requirement: Requirement) -> None:
    """Refuse unless the person of this event meets the requirement.

    Raises:
        Refused: signed out, no permission, or the identity must be confirmed first.
    """
    if requirement.access is Access.PUBLIC:
        return
    if isinstance(requirement.access, Permission):
        demand(requirement.access, step_up=requirement.step_up)
        return
    signed_in = current()
    if requirement.step_up and not signed_in.has_stepped_up(SystemClock().now()):
        raise StepUpNeeded("Confirm that it is you first")


def demand(permission: Permission, *, step_up: bool = False) -> None:
    """Refuse unless the matrix lets the person of this event do it; for acts inside a handler.

    Raises:
        Refused: signed out or no permission; StepUpNeeded: the identity must be confirmed first.
    """
    signed_in = current()
    grant = grant_of(signed_in.actor.roles, permission)
    if grant is None:
        raise Refused(f"You may not do this: it needs {permission.value}")
    if (step_up or grant.step_up) and not signed_in.has_stepped_up(SystemClock().now()):
        raise StepUpNeeded("Confirm that it is you first")


class StepUpNeeded(Refused):
    """The act needs the password or a code given within the last five minutes."""


def current() -> SignedIn:
    """Return who is signed in for the event that runs.

    Raises:
        Refused: nobody.
    """
    signed_in = _signed_in.get()
    if signed_in is None:
        raise Refused("You are signed out")
    return signed_in


def current_actor() -> Actor:
    """Return the actor of the event that runs; queries and services take it."""
    return current().actor


def incident_id() -> str:
    """Return a short id that stands both on the screen and in the log."""
    return str(new_id())[-12:]


def address() -> str:
    """Return the page from which the event that runs was sent."""
    return _address.get()


def enter(signed_in: SignedIn | None, *, address: str = "/") -> None:
    """Set who is signed in, and where, for the event that begins; the guard alone calls this."""
    _signed_in.set(signed_in)
    _address.set(address)


async def look_up(token_hash: bytes, *, ip: str, touch: bool) -> SignedIn | None:
    """Return the live session of a token's hash from the database; `touch` keeps it from going idle."""
    return await session_queries.find(token_hash, ip=ip, touch=touch)


def _wrap(function: F, requirement: Requirement) -> F:
    """Keep the kind of function: Reflex tells coroutines and generators apart."""
    prepare = _preparer(function, requirement)

    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def stream(self: Any, *args: Any, **kwargs: Any) -> Any:
            arguments = prepare(self, args, kwargs)
            if arguments is not None:
                async for item in function(self, **arguments):
                    yield item

        wrapped: Any = stream
    elif inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            arguments = prepare(self, args, kwargs)
            return None if arguments is None else await function(self, **arguments)

        wrapped = call
    else:

        @functools.wraps(function)
        def call_now(self: Any, *args: Any, **kwargs: Any) -> Any:
            arguments = prepare(self, args, kwargs)
            return None if arguments is None else function(self, **arguments)

        wrapped = call_now
    _present_form_as_dict(wrapped, function, requirement)
    return wrapped


def _preparer(
    function: Callable[..., Any], requirement: Requirement
) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], dict[str, Any] | None]:
    """Return what checks the person and the arguments; its None means: do not run."""
    signature = inspect.signature(function)
    names = list(signature.parameters)[1:]

    def prepare(state: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        check(requirement)
        arguments = {**dict(zip(names, args, strict=False)), **kwargs}
        try:
            return _parse(signature, requirement, arguments)
        except Invalid as error:
            if requirement.model is None or not hasattr(state, "errors"):
                raise
            state.errors = error.fields
            return None

    return prepare


def _parse(
    signature: inspect.Signature, requirement: Requirement, arguments: dict[str, Any]
) -> dict[str, Any]:
    parsed = {}
    wanted = [one for one in list(signature.parameters.values())[1:] if one.default is one.empty]
    if missing := [one.name for one in wanted if one.name not in arguments]:
        raise Invalid(dict.fromkeys(missing, "is missing"))
    for name, value in arguments.items():
        if name not in signature.parameters:
            raise Invalid({name: "is not expected"})
        annotation = signature.parameters[name].annotation
        if requirement.model is not None and annotation is requirement.model:
            parsed[name] = parse_form(requirement.model, value)
        else:
            parsed[name] = parse_argument(name, value, annotation)
    return parsed


def _present_form_as_dict(
    wrapped: Any, function: Callable[..., Any], requirement: Requirement
) -> None:
    """Let Reflex see a form parameter as the dict that the browser sends."""
    if requirement.model is None:
        return
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=dict[str, Any])
        if parameter.annotation is requirement.model
        else parameter
        for parameter in signature.parameters.values()
    ]
    wrapped.__signature__ = signature.replace(parameters=parameters)
    wrapped.__annotations__ = {
        name: dict[str, Any] if annotation is requirement.model else annotation
        for name, annotation in function.__annotations__.items()
    }
