"""Bybit's protection against a lost connection: orders go when the private stream stays away.

It works for accounts that asked for it and listen to ``dcp.future``. The window is on the wire
clock. Source: https://bybit-exchange.github.io/docs/v5/order/dcp
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.commands import SetPreference
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.events import Event, MarketTick

TOPIC: Final = "dcp.future"
WINDOW: Final = "disconnect_window_s"


class Disconnects:
    """Windows of accounts, and the lost connections that have not come back yet."""

    def __init__(self, engine: Engine, wall_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._wall_ms = wall_ms
        self._due_ms: dict[str, int] = {}

    def arm(self, account: Account, *, window_s: int) -> None:
        """Set how long the private stream may stay away."""
        self._engine.submit(account, SetPreference(name=WINDOW, value=str(window_s)))

    def window_s(self, account: Account) -> int:
        """Return the window of an account in seconds, 0 when it has none."""
        return int(account.preferences.get(WINDOW, "0"))

    def note_lost(self, api_key: str) -> None:
        """Start the window: the last connection that listened has ended."""
        window_s = self.window_s(self._engine.accounts[api_key])
        if window_s:
            self._due_ms[api_key] = self._wall_ms() + window_s * 1000

    def note_back(self, api_key: str) -> None:
        """Stop the window: a connection listens again."""
        self._due_ms.pop(api_key, None)

    def watch(self, event: Event) -> None:
        """Cancel the open orders of accounts whose window has passed."""
        if not self._due_ms or not isinstance(event, MarketTick):
            return
        now_ms = self._wall_ms()
        for api_key in [key for key, due_ms in self._due_ms.items() if due_ms <= now_ms]:
            del self._due_ms[api_key]
            account = self._engine.accounts[api_key]
            self._engine.cancel_all(account)
            self._engine.cancel_all_conditionals(account)
