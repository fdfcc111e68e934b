"""What a rule may ask of a request: its contract, its client order id, whether it only reduces."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from daemon.paper_exchange.wire_call import WireRequest

_CLIENT_ID_NAMES: Final = (
    "newClientOrderId",
    "clientAlgoId",
    "origClientOrderId",
    "orderLinkId",
)
_REDUCING: Final = ("reduceOnly", "closePosition", "closeOnTrigger")
_ORDERS: Final = ("batchOrders", "request", "args")


class RequestFacts:
    """The parameters of a request, wherever a client has put them; read when asked for."""

    def __init__(self, exchange: str, request: WireRequest) -> None:
        self.exchange = exchange
        self.request = request
        self._orders: list[dict[str, Any]] | None = None

    @property
    def orders(self) -> list[dict[str, Any]]:
        """Return the parameters, followed by those of each order of a batch."""
        if self._orders is None:
            self._orders = _read(self.request)
        return self._orders

    def values(self, *names: str) -> list[str]:
        """Return every value that one of the parameters has."""
        return [str(o[n]) for o in self.orders for n in names if o.get(n) not in (None, "")]

    @property
    def client_ids(self) -> list[str]:
        """Return the client order ids that the request names."""
        return self.values(*_CLIENT_ID_NAMES)

    @property
    def symbols(self) -> list[str]:
        """Return the contracts that the request names."""
        return self.values("symbol")

    @property
    def only_reduces(self) -> bool:
        """Tell whether the request's order can only make a position smaller."""
        return any(value.lower() == "true" for value in self.values(*_REDUCING))


def _read(request: WireRequest) -> list[dict[str, Any]]:
    found: dict[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True))
    body = _json(request.body)
    if isinstance(body, dict):
        found |= body
    elif request.body:
        text = request.body.decode("utf-8", "replace")
        found |= dict(parse_qsl(text, keep_blank_values=True))
    orders = [found]
    for name in _ORDERS:
        inner = found.get(name)
        if isinstance(inner, str):
            inner = _json(inner.encode("utf-8", "replace"))
        if isinstance(inner, list):
            orders.extend(entry for entry in inner if isinstance(entry, dict))
    return orders


def _json(raw: bytes) -> Any:
    if raw[:1] not in (b"{", b"["):
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
