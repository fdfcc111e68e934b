"""The exchanges' wire clocks, told from our monotonic one, so that a step of our wall clock signs nothing wrong."""

from datetime import datetime

from daemon import metrics
from daemon.exchanges.wire import milliseconds_of
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import AccountMode, Exchange


class ClockOffsets:
    """Server time = monotonic + measured offset; before the first measurement our wall time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets_ms: dict[tuple[Exchange, AccountMode], float] = {}

    def timestamp_ms(self, exchange: Exchange, mode: AccountMode) -> int:
        """Return the exchange's time now."""
        offset = self._offsets_ms.get((exchange, mode))
        if offset is None:
            return milliseconds_of(self._clock.now())
        return int(self._clock.monotonic() * 1000 + offset)

    def learn(
        self,
        exchange: Exchange,
        mode: AccountMode,
        *,
        server: datetime,
        asked: float,
        answered: float,
    ) -> None:
        """Take a reading; the answer is taken to be from the middle of the round trip.

        Args:
            asked, answered: our monotonic seconds around the request.
        """
        middle_ms = (asked + answered) / 2 * 1000
        self._offsets_ms[exchange, mode] = milliseconds_of(server) - middle_ms
        ahead = milliseconds_of(server) - milliseconds_of(self._clock.now())
        metrics.CLOCK_OFFSET_SECONDS.labels(exchange.value).set(ahead / 1000)
