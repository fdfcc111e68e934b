"""Messages of the WebSocket API: reading them, and checking who signed them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.codes import WireError, invalid, missing
from daemon.paper_exchange.binance.signing import check_digest

_LONGEST_ID: Final = 36


class _Number(str):
    """A JSON number as it was written: signatures cover its very digits."""

    __slots__ = ()


@dataclass(slots=True)
class Request:
    """One message, read."""

    id: int | str | None
    method: str
    values: dict[str, str]
    rate_limits: bool | None = None
    counts: dict[str, str] = field(default_factory=dict)
    """The order counters that the answer tells."""


def read_message(text: str, request: Request) -> None:
    """Read a message into a request, as far as it can be understood."""
    try:
        message = json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise WireError(-1013, "INVALID_MESSAGE.") from None
    if not isinstance(message, dict):
        raise WireError(-1013, "INVALID_MESSAGE.")
    request.id = _read_id(message.get("id"))
    method = message.get("method")
    if not isinstance(method, str) or not method:
        raise missing("method")
    request.method = method
    parameters = message.get("params")
    if parameters is None:
        parameters = {}
    if not isinstance(parameters, dict):
        raise invalid("params")
    wanted = parameters.get("returnRateLimits")
    request.rate_limits = wanted if isinstance(wanted, bool) else None
    for name, value in parameters.items():
        if value is not None:
            request.values[name] = _text(value)


def check_signed(account: Account, values: dict[str, str]) -> None:
    """Refuse parameters that the account's secret did not sign, in the order of their names.

    Clients differ in whether they escape the values before they sign; both are good.
    """
    signature = values.get("signature", "")
    if not signature:
        raise missing("signature")
    pairs = sorted((name, value) for name, value in values.items() if name != "signature")
    payload = "&".join(f"{name}={value}" for name, value in pairs)
    try:
        check_digest(account, payload.encode(), signature)
    except WireError:
        check_digest(account, urlencode(pairs).encode(), signature)


def _read_id(value: object) -> int | str | None:
    if value is None:
        return None
    if isinstance(value, _Number):
        if not value.lstrip("-").isdecimal() or len(value) > 18:
            raise invalid("id")
        return int(value)
    if not isinstance(value, str) or len(value) > _LONGEST_ID or not value.isascii():
        raise invalid("id")
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        text = str(value)
        if not text.isascii():
            raise WireError(-1100, "Illegal characters found in a parameter.")
        return text
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":"))


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
