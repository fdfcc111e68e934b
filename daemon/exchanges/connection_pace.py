"""Open no more connections of an address than its exchange allows in five minutes.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
(300 connections per 5 minutes per address),
https://bybit-exchange.github.io/docs/v5/ws/connect (500 per 5 minutes per address).
"""

from collections.abc import Mapping

from daemon.exchanges.rate_windows import Limit, Window
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import Exchange

CONNECTION_LIMITS = {Exchange.BINANCE: Limit(300, 300.0), Exchange.BYBIT: Limit(500, 300.0)}
LOOK_AGAIN_S_MAX = 5.0
"""A wait is cut into pieces: others may have taken what was free."""


class ConnectionPace:
    """One per process; what it lets through counts, whether the connection then stands or not."""

    def __init__(
        self, clock: Clock, *, limits: Mapping[Exchange, Limit] = CONNECTION_LIMITS
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._opened: dict[tuple[Exchange, str | None], Window] = {}

    def opened(self, exchange: Exchange, source_address: str | None) -> int:
        """Return how many connections of an address were opened within the exchange's window."""
        window = self._opened.get((exchange, source_address))
        return 0 if window is None else round(window.used_at(self._clock.monotonic()))

    async def admit(self, exchange: Exchange, source_address: str | None) -> None:
        """Wait until a connection of an address may be opened."""
        window = self._opened.setdefault((exchange, source_address), Window(self._limits[exchange]))
        while delay := window.delay(self._clock.monotonic(), 1.0, 1.0):
            await self._clock.sleep(min(delay, LOOK_AGAIN_S_MAX))
        window.take(self._clock.monotonic(), 1.0)
