"""A planned fault: what it does, whom it meets, how often."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from daemon.paper_exchange.faults.facts import RequestFacts
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.wire_call import WireRequest

ORDER_ENTRY: tuple[tuple[str, str], ...] = (
    ("POST", "/fapi/v1/order"),
    ("POST", "/fapi/v1/batchOrders"),
    ("POST", "/fapi/v1/algoOrder"),
    ("POST", "/v5/order/create"),
    ("WS", "/ws-fapi/v1/order.place"),
    ("WS", "/ws-fapi/v1/algoOrder.place"),
    ("WS", "/v5/trade/order.create"),
)
"""Where orders are placed, as method and beginning of the path."""
CANCELS: tuple[tuple[str, str], ...] = (
    ("DELETE", "/fapi/v1/order"),
    ("DELETE", "/fapi/v1/batchOrders"),
    ("DELETE", "/fapi/v1/allOpenOrders"),
    ("POST", "/v5/order/cancel"),
    ("WS", "/ws-fapi/v1/order.cancel"),
    ("WS", "/v5/trade/order.cancel"),
)
"""Where orders are cancelled."""

STATUS_PATHS = frozenset({"/sapi/v1/system/status", "/v5/system/status"})
"""What an exchange answers even while it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Whom a fault meets; what is empty meets everything.

    Attributes:
        path: the request path begins with this.
        client_id: the client order id; with a star at its end, its beginning.
        reduce_only: only orders that only reduce (True) or only others (False).
        event: the stream event's name, for example ORDER_TRADE_UPDATE or execution.
        order_entry: only requests that place orders.
    """

    exchange: str = ""
    api_key: str = ""
    method: str = ""
    path: str = ""
    client_id: str = ""
    symbol: str = ""
    address: str = ""
    reduce_only: bool | None = None
    event: str = ""
    order_entry: bool = False

    def meets_request(self, facts: RequestFacts) -> bool:
        """Tell whether a request is meant."""
        request = facts.request
        if not request.path.startswith(self.path):
            return False
        if self.method and self.method != request.method:
            return False
        if self.exchange and self.exchange != facts.exchange:
            return False
        if self.api_key and self.api_key != request.api_key:
            return False
        if self.address and self.address != request.remote:
            return False
        if self.order_entry and not places_orders(request):
            return False
        if self.symbol and self.symbol not in facts.symbols:
            return False
        if self.reduce_only is not None and self.reduce_only != facts.only_reduces:
            return False
        return not self.client_id or self.meets_client_id(facts.client_ids)

    def meets_client_id(self, client_ids: list[str]) -> bool:
        """Tell whether one of the ids is meant."""
        if self.client_id.endswith("*"):
            beginning = self.client_id[:-1]
            return any(name.startswith(beginning) for name in client_ids)
        return self.client_id in client_ids

    def meets_socket(self, *, exchange: str, api_key: str, address: str, path: str) -> bool:
        """Tell whether a stream is meant."""
        return (
            self.exchange in {"", exchange}
            and self.api_key in {"", api_key}
            and self.address in {"", address}
            and path.startswith(self.path)
        )


def places_orders(request: WireRequest) -> bool:
    """Tell whether a request places orders."""
    return not request.path.endswith("/test") and _is_one_of(request, ORDER_ENTRY)


def asks_for_status(kind: FaultKind, facts: RequestFacts) -> bool:
    """Tell whether a closed exchange is only asked whether it is closed."""
    return kind is FaultKind.MAINTENANCE and facts.request.path in STATUS_PATHS


def is_cancel(request: WireRequest) -> bool:
    """Tell whether a request cancels orders."""
    return _is_one_of(request, CANCELS)


def _is_one_of(request: WireRequest, places: tuple[tuple[str, str], ...]) -> bool:
    return any(
        request.method == method and request.path.startswith(beginning)
        for method, beginning in places
    )


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """One planned fault.

    Attributes:
        times: how often it still happens; None for as long as it stands.
        after: how many matching requests or frames it lets pass first.
        probability: chance at each match, drawn from the seed.
        from_ms, until_ms: wall clock; 0 means no bound.
        on: an action waits for such a request; None acts at once.
    """

    fault_id: str
    kind: FaultKind
    match: Match
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    from_ms: int = 0
    until_ms: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    on: Match | None = None
    seen: int = 0
    fired: int = 0
    _dice: random.Random | None = None

    def is_over(self, now_ms: int) -> bool:
        """Tell whether it will never happen again."""
        return self.times == 0 or (self.until_ms != 0 and now_ms >= self.until_ms)

    def is_due(self, now_ms: int) -> bool:
        """Count a match and tell whether the fault happens to it."""
        if self.is_over(now_ms) or now_ms < self.from_ms:
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        return self.probability >= 1 or self.dice.random() < self.probability

    def use(self) -> None:
        """Count that it happened."""
        self.fired += 1
        if self.times is not None:
            self.times -= 1

    @property
    def dice(self) -> random.Random:
        """Return the generator of its chances; the same seed throws the same."""
        if self._dice is None:
            self._dice = random.Random(f"{self.seed}:{self.kind}")  # noqa: S311 - not a secret
        return self._dice

    def describe(self) -> dict[str, Any]:
        """Return what it is, for people and for the file that keeps it."""
        shown: dict[str, Any] = {"id": self.fault_id, "kind": self.kind}
        for name in Match.__dataclass_fields__:
            value = getattr(self.match, name)
            if value not in ("", None, False):
                shown[name] = value
        if self.on is not None:
            shown["on"] = {
                name: value
                for name in Match.__dataclass_fields__
                if (value := getattr(self.on, name)) not in ("", None, False)
            }
        return shown | {
            "times": self.times,
            "after": self.after,
            "probability": self.probability,
            "seed": self.seed,
            "from_ms": self.from_ms,
            "until_ms": self.until_ms,
            "seen": self.seen,
            "fired": self.fired,
            **self.parameters,
        }
