"""Typed reading of request parameters, with Binance's words for what is wrong with them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from daemon.paper_exchange.binance.codes import WireError, missing

_CLIENT_ID: Final = re.compile(r"^[.A-Z:/a-z0-9_-]{1,36}$")
_DECIMAL: Final = re.compile(r"^[+-]?\d+(\.\d*)?$|^[+-]?\.\d+$")


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
        try:
            return int(value)
        except ValueError:
            raise missing(name) from None

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
        if not _DECIMAL.match(value):
            raise missing(name)
        try:
            return Decimal(value)
        except InvalidOperation:
            raise missing(name) from None

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
        if not _CLIENT_ID.match(value):
            raise WireError(
                -1100,
                f"Illegal characters found in parameter '{name}'; legal range is "
                "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.",
            )
        return value
