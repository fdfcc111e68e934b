"""Messages that a client sends on a stream connection, and the answers to them."""

from __future__ import annotations

from typing import Any, Final, Protocol

import orjson

MAX_NAMES: Final = 1024
_METHODS: Final = (
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "LIST_SUBSCRIPTIONS",
    "SET_PROPERTY",
    "GET_PROPERTY",
)
_LONGEST_NAME: Final = 512


class Channel(Protocol):
    """The connection that a message came from."""

    wrapped: bool
    listen_key: str
    names: set[str]

    def subscribe(self, names: list[str]) -> None:
        """Ask for streams."""
        ...

    def unsubscribe(self, names: list[str]) -> None:
        """End streams."""
        ...


class BadMessage(Exception):
    """A message that cannot be worked."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def answer_message(channel: Channel, text: str) -> bytes:
    """Work a client's message; whatever it is, there is an answer."""
    number: object = None
    try:
        message = _parse(text)
        number = message.get("id")
        if number is not None and (
            isinstance(number, bool) or not isinstance(number, int | str) or number == ""
        ):
            number = None
            raise BadMessage(2, "Invalid request: request ID must be an unsigned integer")
        result = _work(channel, message)
    except BadMessage as bad:
        error: dict[str, Any] = {"error": {"code": bad.code, "msg": bad.text}}
        return orjson.dumps(error if number is None else {**error, "id": number})
    return orjson.dumps({"result": result, "id": number})


def _parse(text: str) -> dict[str, Any]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadMessage(3, f"Invalid JSON: {error.msg}") from None
    if not isinstance(message, dict):
        raise BadMessage(2, "Invalid request: expected an object")
    return message


def _work(channel: Channel, message: dict[str, Any]) -> object:
    if "method" not in message:
        raise BadMessage(2, "Invalid request: missing field `method`")
    method = message["method"]
    if method not in _METHODS:
        text = f"unknown variant `{str(method)[:64]}`, expected one of {', '.join(_METHODS)}"
        raise BadMessage(2, f"Invalid request: {text}")
    if method == "LIST_SUBSCRIPTIONS":
        own = [channel.listen_key] if channel.listen_key else []
        return sorted(channel.names) + own
    parameters = message.get("params")
    if not isinstance(parameters, list):
        raise BadMessage(2, "Invalid request: params must be a list")
    if method in {"SET_PROPERTY", "GET_PROPERTY"}:
        return _work_property(channel, method, parameters)
    names = _read_names(parameters)
    if method == "UNSUBSCRIBE":
        channel.unsubscribe(names)
        return None
    if len(channel.names.union(names)) > MAX_NAMES:
        raise BadMessage(2, "Invalid request: too many streams")
    channel.subscribe(names)
    return None


def _work_property(channel: Channel, method: str, parameters: list[Any]) -> object:
    if not parameters or not isinstance(parameters[0], str):
        raise BadMessage(2, "Invalid request: property name must be a string")
    if parameters[0] != "combined":
        raise BadMessage(0, "Unknown property")
    if method == "GET_PROPERTY":
        return channel.wrapped
    if len(parameters) != 2 or not isinstance(parameters[1], bool):
        raise BadMessage(1, "Invalid value type: expected Boolean")
    channel.wrapped = parameters[1]
    return None


def _read_names(parameters: list[Any]) -> list[str]:
    if len(parameters) > MAX_NAMES:
        raise BadMessage(2, "Invalid request: too many parameters")
    for name in parameters:
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise BadMessage(2, "Invalid request: stream name must be a string")
    return parameters
