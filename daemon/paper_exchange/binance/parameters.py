"""Typed reading of request parameters, with Binance's words for what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Final
from urllib.parse import unquote_plus

from daemon.paper_exchange.binance.codes import WireError, missing

_CLIENT_ID: Final = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
_DECIMAL: Final = re.compile(
    r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?"
)
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")


def parse_parameters(query: bytes, body: bytes) -> dict[str, str]:
    """Read parameters from query and body; the query wins.

    Raises:
        WireError: -1101 for a parameter sent twice in one place, -1100 for bytes that are no text.
    """
    try:
        parameters = _parse(body.decode()) if body else {}
        if query:
            parameters.update(_parse(query.decode()))
    except UnicodeDecodeError:
        raise WireError(-1100, "Illegal characters found in a parameter.") from None
    return parameters


def _parse(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name = unquote_plus(name, errors="strict")
            value = unquote_plus(value, errors="strict")
        if name in parameters:
            raise WireError(-1101, "Duplicate values for a parameter detected.")
        parameters[name] = value
    return parameters


class Parameters:
    """Parameters of one request or of one order of a batch."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def text(self, name: str) -> str:
        """Return a parameter, '' when it is absent or empty."""
        return self.values.get(name, "")

    def required(self, name: str) -> str:
        """Return a mandatory parameter."""
        value = self.values.get(name, "")
        if not value:
            raise missing(name)
        return value

    def integer(self, name: str, default: int | None = None) -> int | None:
        """Return a whole number, or the default when it is absent."""
        value = self.values.get(name, "")
        if not value:
            return default
        if not _INTEGER.fullmatch(value):
            raise missing(name)
        return int(value)

    def limit(self, *, default: int, largest: int) -> int:
        """Return the number of rows wanted."""
        limit = self.integer("limit", default)
        assert limit is not None
        if limit < 1:
            raise WireError(-1130, "Data sent for parameter 'limit' is not valid.")
        return min(limit, largest)

    def decimal(self, name: str) -> Decimal | None:
        """Return an exact number, None when it is absent."""
        value = self.values.get(name, "")
        if not value:
            return None
        if not _DECIMAL.fullmatch(value):
            raise missing(name)
        return Decimal(value)

    def word(self, name: str, allowed: Collection[str], default: str = "") -> str:
        """Return one of the allowed words, or the default when the parameter is absent."""
        value = self.values.get(name, "")
        if not value:
            return default
        if value not in allowed:
            raise WireError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; clients write it in several ways."""
        value = self.values.get(name, "").lower()
        if value in {"", "false", "0"}:
            return False
        if value in {"true", "1"}:
            return True
        raise WireError(-1130, f"Data sent for parameter '{name}' is not valid.")

    def client_id(self, name: str) -> str:
        """Return a client order id, '' when it is absent."""
        value = self.values.get(name, "")
        if not value:
            return ""
        if len(value) > 36:
            raise WireError(-4015, "Client order id length should not be more than 36 chars")
        if not _CLIENT_ID.fullmatch(value):
            raise WireError(
                -1100,
                f"Illegal characters found in parameter '{name}'; legal range is "
                "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.",
            )
        return value
