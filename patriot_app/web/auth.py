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
from patriot_app.core.domain.permissions import Actor, Permission, can
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.queries import sessions as session_queries

TEXT_LENGTH_MAX = 4_000

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
        step_up: the password or a code must have been given within five minutes.
    """

    access: Permission | Access
    model: type[pydantic.BaseModel] | None = None
    step_up: bool = False


class SessionState(rx.State):
    """Binds a browser tab's state to the session that filled it; never sent to the browser."""

    _bound_to: str = ""


_signed_in: ContextVar[SignedIn | None] = ContextVar("signed_in", default=None)


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
    signed_in = current()
    if isinstance(requirement.access, Permission) and not can(signed_in.actor, requirement.access):
        raise Refused(f"You may not do this: it needs {requirement.access.value}")
    if requirement.step_up and not signed_in.has_stepped_up(SystemClock().now()):
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


def enter(signed_in: SignedIn | None) -> None:
    """Set who is signed in for the event that begins; the guard alone calls this."""
    _signed_in.set(signed_in)


async def look_up(token: str, *, ip: str, touch: bool) -> SignedIn | None:
    """Return the live session of a token from the database; `touch` keeps it from going idle."""
    return await session_queries.actor_for_token(token, ip=ip, touch=touch)


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
    for name, value in arguments.items():
        if name not in signature.parameters:
            raise Invalid({name: "is not expected"})
        annotation = signature.parameters[name].annotation
        if requirement.model is not None and annotation is requirement.model:
            parsed[name] = parse_form(requirement.model, value)
        else:
            parsed[name] = _parse_argument(name, value, annotation)
    return parsed


def parse_form(model: type[pydantic.BaseModel], form: Any) -> pydantic.BaseModel:
    """Parse a form with its model.

    Raises:
        Invalid: a message per field.
    """
    if isinstance(form, model):
        return form
    try:
        return model.model_validate(_without_absent(form), extra="forbid")
    except pydantic.ValidationError as error:
        raise Invalid(messages_of(error)) from error


def _without_absent(form: Any) -> Any:
    """Leave out the controls that are not on the page now; the browser sends them as null."""
    is_form = isinstance(form, dict)
    return {name: item for name, item in form.items() if item is not None} if is_form else form


def messages_of(error: pydantic.ValidationError) -> dict[str, str]:
    """Return one readable message per field."""
    fields: dict[str, str] = {}
    for item in error.errors():
        name = ".".join(str(part) for part in item["loc"]) or ""
        fields.setdefault(name, _message(item["type"], item.get("ctx", {}), item["msg"]))
    return fields


def _message(kind: str, limits: dict[str, Any], text: str) -> str:
    """Return a message in our words; what a model's own validator said stays as it is."""
    if kind == "missing" or (kind == "string_too_short" and limits.get("min_length") == 1):
        return "Please fill this in"
    words = _MESSAGES.get(kind)
    if words is not None:
        return words.format(**limits)
    plain = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return plain[:1].upper() + plain[1:]


_MESSAGES = {
    "string_too_short": "At least {min_length} characters, please",
    "string_too_long": "At most {max_length} characters, please",
    "decimal_parsing": "Type a number, such as 0.25",
    "decimal_type": "Type a number, such as 0.25",
    "int_parsing": "Type a whole number",
    "greater_than": "Must be above {gt}",
    "greater_than_equal": "Must be {ge} or more",
    "less_than": "Must be below {lt}",
    "less_than_equal": "Must be {le} or less",
    "enum": "Choose one of the list",
    "uuid_parsing": "Choose one of the list",
    "extra_forbidden": "Is not expected",
}


def _parse_argument(name: str, value: Any, annotation: Any) -> Any:
    if annotation in (inspect.Parameter.empty, Any):
        raise Invalid({name: "has no declared type"})
    try:
        parsed = _adapter(annotation).validate_python(_without_absent(value))
    except pydantic.ValidationError as error:
        raise Invalid({name: "is not what was expected"}) from error
    if isinstance(parsed, str) and len(parsed) > TEXT_LENGTH_MAX:
        raise Invalid({name: f"is longer than {TEXT_LENGTH_MAX} characters"})
    return parsed


@functools.lru_cache(maxsize=512)
def _adapter(annotation: Any) -> pydantic.TypeAdapter[Any]:
    return pydantic.TypeAdapter(annotation)


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
