"""What a browser sends to a handler, parsed: forms by their model, other arguments by their type."""

import functools
import inspect
from typing import Any

import pydantic

from patriot_app.core.errors import Invalid

TEXT_LENGTH_MAX = 4_000


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


def parse_argument(name: str, value: Any, annotation: Any) -> Any:
    """Check one argument of a handler against its annotation.

    Raises:
        Invalid: not of that type, or longer than text may be.
    """
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
