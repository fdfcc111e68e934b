"""How long an order is acknowledged before it can be seen.

Bybit acknowledges what it takes in; the order itself appears a moment later, in answers and on the
stream. A client that asks for its order at once must bear that there is none yet. The time is the
wire clock's: the engine, its events and the ground truth know nothing of it, so that a run is the
same with and without. Source: https://bybit-exchange.github.io/docs/v5/order/create-order
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.wire import Json

LAG_MS: Final = 20
"""General knowledge: what clients see is some five to fifty milliseconds."""
LAG_MAX_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class BybitOptions:
    """How the dialect behaves where it may behave in several ways.

    Attributes:
        acknowledgement_lag_ms: how long after its acknowledgement a change of an order is seen.
    """

    acknowledgement_lag_ms: int = LAG_MS

    def __post_init__(self) -> None:
        if not 0 <= self.acknowledgement_lag_ms <= LAG_MAX_MS:
            raise ValueError(f"acknowledgements lag 0 to {LAG_MAX_MS} ms")


@dataclass(frozen=True, slots=True)
class Held:
    """A change that is not seen yet: what is shown instead, nothing for a new order."""

    until_ms: int
    row: Json | None


class Visibility:
    """The changes of the last moment, by account and order."""

    def __init__(self, options: BybitOptions, wall_ms: Callable[[], int]) -> None:
        self.lag_ms = options.acknowledgement_lag_ms
        self._wall_ms = wall_ms
        self._held: dict[str, dict[int, Held]] = {}
        self._waiting: deque[tuple[float, Callable[[bytes], None], bytes]] = deque()

    def hold(self, account: Account, number: int, row: Json | None) -> None:
        """Show an order as it was, or not at all, until the lag has passed."""
        if self.lag_ms:
            self._held.setdefault(account.api_key, {})
            # The oldest change that is not seen yet decides what is shown.
            self.held(account).setdefault(number, Held(self._wall_ms() + self.lag_ms, row))

    def held(self, account: Account) -> dict[int, Held]:
        """Return what is held back of an account's orders now."""
        found = self._held.get(account.api_key)
        if found is None:
            return {}
        now_ms = self._wall_ms()
        for number in [n for n, each in found.items() if each.until_ms <= now_ms]:
            del found[number]
        return found

    def later(self, send: Callable[[bytes], None], frame: bytes) -> None:
        """Send a frame of the stream when the lag has passed; frames keep their order."""
        if not self.lag_ms:
            send(frame)
            return
        loop = asyncio.get_running_loop()
        self._waiting.append((loop.time() + self.lag_ms / 1000, send, frame))
        if len(self._waiting) == 1:
            loop.call_at(self._waiting[0][0], self._release, loop)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send what is due; one timer for all frames, so that none overtakes another."""
        due_s = max(loop.time(), self._waiting[0][0])
        try:
            while self._waiting and self._waiting[0][0] <= due_s:
                _, send, frame = self._waiting.popleft()
                send(frame)
        finally:
            if self._waiting:
                loop.call_at(self._waiting[0][0], self._release, loop)
