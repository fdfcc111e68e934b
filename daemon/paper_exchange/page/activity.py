"""What happened lately, and how much is going on, for people to look at."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.events import Event, OrderUpdate
from daemon.paper_exchange.orders import Order, Trade

FILLS_KEPT: Final = 60
RATE_WINDOW_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill with its account and order."""

    account: Account
    order: Order
    trade: Trade


class Activity:
    """Remembers the last fills and measures request rates.

    Args:
        requests: the entrance's counters by exchange.
    """

    def __init__(self, requests: Counter[str]) -> None:
        self.fills: deque[Fill] = deque(maxlen=FILLS_KEPT)
        self._requests = requests
        self._readings: deque[tuple[int, dict[str, int]]] = deque(maxlen=200)

    def on_event(self, event: Event) -> None:
        """Take an event of an engine."""
        if isinstance(event, OrderUpdate) and event.trade is not None:
            self.fills.appendleft(Fill(event.account, event.order, event.trade))

    def rates(self, now_ms: int) -> dict[str, float]:
        """Return requests a second over the last ten seconds or since the last look."""
        reading = dict(self._requests)
        while len(self._readings) > 1 and self._readings[1][0] < now_ms - RATE_WINDOW_MS:
            self._readings.popleft()
        then_ms, then = self._readings[0] if self._readings else (now_ms, reading)
        self._readings.append((now_ms, reading))
        elapsed_s = max((now_ms - then_ms) / 1000, 0.001)
        return {
            name: max(0, count - then.get(name, 0)) / elapsed_s if now_ms > then_ms else 0.0
            for name, count in reading.items()
        }
