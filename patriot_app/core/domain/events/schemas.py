"""What each kind of event holds, by version: the record can be read back as what was recorded.

A kind's fields are its schema. Whoever changes them raises the kind's `schema_version` and adds an upcast
that turns the former payload into the new one, so that every event ever recorded stays readable.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from patriot_app.core.domain import events
from patriot_app.core.domain.events.base import AccountEvent, ClientEvent, DeploymentEvent, Event
from patriot_app.core.errors import PatriotError

Payload = Mapping[str, Any]
_BASES = frozenset({Event, AccountEvent, ClientEvent, DeploymentEvent})

KINDS: dict[str, type[Event]] = {
    name: kind
    for name, kind in vars(events).items()
    if isinstance(kind, type) and issubclass(kind, Event) and kind not in _BASES
}
"""Every kind of event by its name."""

UPCASTS: dict[tuple[str, int], Callable[[Payload], Payload]] = {
    ("PasswordLinkSent", 1): lambda payload: {**payload, "reason": ""},
    ("UserEmailChanged", 1): lambda payload: {**payload, "reason": ""},
}
"""By kind and version: how a payload of that version becomes one of the next."""


class Unreadable(PatriotError):
    """An event is not what its kind and version say."""


def area_of(kind: str) -> str:
    """Return what a kind of event is about: "people", "accounts", "orders" … or ""."""
    found = KINDS.get(kind)
    return "" if found is None else found.__module__.rpartition(".")[2]


def kinds_of(area: str) -> list[str]:
    """Return the kinds of an area, sorted."""
    return sorted(kind for kind in KINDS if area_of(kind) == area)


AREAS = tuple(sorted({area_of(kind) for kind in KINDS}))


def read(kind: str, version: int, payload: Payload, *, subject: UUID | None = None) -> Event:
    """Return a recorded event as it was when it was recorded.

    Args:
        payload: as stored, JSON values.

    Raises:
        Unreadable: names the kind, the version and what does not fit.
    """
    found = KINDS.get(kind)
    if found is None:
        raise Unreadable(f"{kind} is no kind of event")
    if not 1 <= version <= found.schema_version:
        raise Unreadable(f"{kind} has no version {version}")
    for number in range(version, found.schema_version):
        payload = UPCASTS[kind, number](payload)
    values = {}
    for name, (hint, is_optional) in _schema(kind).items():
        if name in payload:
            values[name] = _value(payload[name], hint, place=f"{kind} {version}, {name}")
        elif not is_optional:
            raise Unreadable(f"{kind} {version} lacks {name}")
    if unknown := payload.keys() - values.keys():
        raise Unreadable(f"{kind} {version} does not know {', '.join(sorted(unknown))}")
    return found(subject=subject, **values)


def described() -> dict[str, dict[str, Any]]:
    """Return every kind with its version, area and fields, as the catalogue lists them."""
    return {
        name: {
            "version": kind.schema_version,
            "area": area_of(name),
            "fields": {
                field: _named(hint) + ("?" if is_optional else "")
                for field, (hint, is_optional) in _schema(name).items()
            },
        }
        for name, kind in sorted(KINDS.items())
    }


def changes(payload: Payload) -> list[tuple[str, Any, Any]]:
    """Return (what, before, after) for each field of a payload whose former value it tells."""
    found = [
        (name.removesuffix("_before"), value, payload.get(name.removesuffix("_before")))
        for name, value in payload.items()
        if name.endswith("_before")
    ]
    for name in ("status", "number", "value", "level"):
        if "previous" in payload and name in payload:
            found.append((name, payload["previous"], payload[name]))
    if "before" in payload and "trigger_price" in payload:
        found.append(("trigger_price", payload["before"], payload["trigger_price"]))
    return found


@cache
def _schema(name: str) -> dict[str, tuple[Any, bool]]:
    """Return the type of each field of a kind and whether it may be absent."""
    kind = KINDS[name]
    hints = get_type_hints(kind)
    return {
        field.name: (
            hints[field.name],
            field.default is not MISSING or field.default_factory is not MISSING,
        )
        for field in fields(kind)
        if field.name != "subject"
    }


def _value(given: Any, hint: Any, *, place: str) -> Any:
    """Return a JSON value as what a field holds."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if given is None:
            return None
        (hint,) = (item for item in inner if item is not type(None))
        return _value(given, hint, place=place)
    if origin is tuple and isinstance(given, list):
        return tuple(_value(item, inner[0], place=place) for item in given)
    if origin is dict and isinstance(given, dict):
        return {str(name): _value(item, inner[1], place=place) for name, item in given.items()}
    parse = _PARSERS.get(hint)
    try:
        if parse is not None and isinstance(given, str):
            return parse(given)
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(f"{place} is not {_named(hint)}") from error
    if type(given) is hint:
        return given
    raise Unreadable(f"{place} is not {_named(hint)}")


_PARSERS: dict[Any, Callable[[str], Any]] = {
    Decimal: Decimal,
    UUID: UUID,
    datetime: datetime.fromisoformat,
}


def _named(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join("nothing" if item is type(None) else _named(item) for item in inner)
    if origin is tuple:
        return f"list of {_named(inner[0])}"
    if origin is dict:
        return f"{_named(inner[1])} by name"
    return _NAMES.get(hint, str(hint))


_NAMES = {
    str: "text",
    int: "whole number",
    bool: "yes or no",
    Decimal: "number",
    datetime: "time",
    UUID: "id",
}
