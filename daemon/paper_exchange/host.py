"""What the dialects share in one process: engines, market clock, faults and the wall clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field

from daemon.paper_exchange.clock import MarketClock, wall_ms
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.entrance import Entrance
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.sockets import Sockets


@dataclass(slots=True)
class PaperHost:
    """One paper exchange process.

    A dialect is a function ``mount(app, host)`` that adds its routes and, if it streams, its
    subscriber and its start-up and clean-up hooks.

    Attributes:
        engines: by exchange name, "binance" and "bybit".
        entrance: where requests come in, through sockets or made in this process.
        sockets: every open WebSocket.
        skews_ms: how far an exchange's clock is off, by planned faults.
        wall_ms: server time, windows and rate limits; never the time of data.
    """

    engines: Mapping[str, Engine]
    clock: MarketClock
    faults: FaultBook = field(default_factory=FaultBook)
    wall_ms: Callable[[], int] = wall_ms
    skews_ms: dict[str, int] = field(default_factory=dict)
    entrance: Entrance = field(init=False)
    sockets: Sockets = field(init=False)

    def __post_init__(self) -> None:
        self.entrance = Entrance(self.faults)
        self.sockets = Sockets(self.faults, self.entrance.requests)
        self.faults.listeners.append(self.sockets.refresh)

    def seen_by(self, exchange: str) -> PaperHost:
        """Return the host as one exchange sees it: with its own, perhaps wrong, server time."""
        own = copy(self)
        true_ms, skews_ms = self.wall_ms, self.skews_ms
        own.wall_ms = lambda: true_ms() + skews_ms.get(exchange, 0)
        return own
