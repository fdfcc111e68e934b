"""The exchanges' wire clocks, told from our monotonic one, so that a step of our wall clock signs nothing wrong."""

import math
from datetime import datetime

from daemon import metrics
from daemon.exchanges.wire import milliseconds_of
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.clock_trust import ClockTrust

ROUND_TRIP_S_MAX = 1.0
"""Of a reading that is worth anything: its error is up to half of it."""


class ClockOffsets:
    """Server time = monotonic + measured offset; before the first measurement our wall time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offsets_ms: dict[tuple[Exchange, AccountMode], float] = {}
        self._learned_at: dict[tuple[Exchange, AccountMode], float] = {}
        self._trust: dict[tuple[Exchange, AccountMode], ClockTrust] = {}

    def doubt(self, exchange: Exchange, mode: AccountMode) -> str:
        """Return why nothing may be signed for an exchange now, "" if its time is known."""
        trust = self._trust_in(exchange, mode)
        trust.note_wall(wall_s=self._clock.now().timestamp(), monotonic_s=self._clock.monotonic())
        return trust.doubt

    def doubts(self) -> list[tuple[Exchange, str]]:
        """Return the exchanges whose time is in doubt, with the reason."""
        found = [(key[0], self.doubt(*key)) for key in sorted(self._trust)]
        return [each for each in found if each[1]]

    def age_s(self, exchange: Exchange, mode: AccountMode) -> float:
        """Return the seconds since a clock was last read, inf if never."""
        at = self._learned_at.get((exchange, mode))
        return math.inf if at is None else self._clock.monotonic() - at

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

        A slow first one is better than none: its answer is then taken to be from the end of the
        round trip, since an exchange refuses what is signed ahead of its time.

        Args:
            asked, answered: our monotonic seconds around the request.
        """
        is_slow = answered - asked > ROUND_TRIP_S_MAX
        if is_slow and (exchange, mode) in self._offsets_ms:
            return
        middle = answered if is_slow else (asked + answered) / 2
        self._offsets_ms[exchange, mode] = milliseconds_of(server) - middle * 1000
        self._learned_at[exchange, mode] = answered
        # What our wall clock said in the middle of the round trip, as it goes now.
        wall = self._clock.now().timestamp() - (self._clock.monotonic() - middle)
        self._trust_in(exchange, mode).note_reading(
            server_s=server.timestamp(), wall_s=wall, monotonic_s=middle
        )
        metrics.CLOCK_OFFSET_SECONDS.labels(exchange.value).set(server.timestamp() - wall)

    def _trust_in(self, exchange: Exchange, mode: AccountMode) -> ClockTrust:
        trust = self._trust.get((exchange, mode))
        if trust is None:
            trust = self._trust[exchange, mode] = ClockTrust()
        return trust
