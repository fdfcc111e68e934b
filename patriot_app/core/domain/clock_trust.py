"""Is the time that we sign with still the exchange's? Judged by readings of its clock.

A request carries the exchange's time as our monotonic clock continues it. When our wall clock steps,
or the exchange's time does not go on as ours does, or the two differ by more than a second when first
compared, nothing is sent until three readings in a row agree (EXECUTION 2.12).
"""

JUMP_S_MAX = 1.0
AGREE_S_MAX = 0.5
READINGS_NEEDED = 3


class ClockTrust:
    """One exchange's clock against our two."""

    def __init__(self) -> None:
        self.doubt = ""
        """Why nothing may be sent, in words; empty while the clocks agree."""
        self._base_s: float | None = None
        self._wall_s: float | None = None
        self._agreeing = 0

    @property
    def is_trusted(self) -> bool:
        return not self.doubt

    def note_wall(self, *, wall_s: float, monotonic_s: float) -> None:
        """Compare our own two clocks; a wall clock that stepped raises doubt."""
        drift = wall_s - monotonic_s
        if self._wall_s is not None and abs(drift - self._wall_s) > JUMP_S_MAX:
            self._raise(f"our clock stepped by {drift - self._wall_s:+.1f} s")
        if self._wall_s is None or self.doubt:
            self._wall_s = drift

    def note_reading(self, *, server_s: float, wall_s: float, monotonic_s: float) -> None:
        """Take a reading of the exchange's clock, all three as of the same moment."""
        base, ahead = server_s - monotonic_s, server_s - wall_s
        before, self._base_s = self._base_s, base
        if before is None:
            if abs(ahead) > JUMP_S_MAX:
                self._raise(f"it differs from ours by {ahead:+.1f} s")
                self._agreeing = 1
        elif abs(base - before) > JUMP_S_MAX:
            self._raise(f"its time stepped by {base - before:+.1f} s")
            self._agreeing = 1
        elif self.doubt:
            self._agreeing = self._agreeing + 1 if abs(base - before) <= AGREE_S_MAX else 1
            if self._agreeing >= READINGS_NEEDED:
                self.doubt = ""
                self._wall_s = wall_s - monotonic_s

    def _raise(self, why: str) -> None:
        self.doubt = why
        self._agreeing = 0
