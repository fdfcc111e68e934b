"""How many refused attempts are kept: enough to see who tried what, too few to fill the record."""

from collections import OrderedDict
from dataclasses import dataclass, field

SAME_EVERY_S = 60.0
PER_PERSON, FOR_ALL = 40, 400
"""Attempts kept within `WINDOW_S`, by one person or address and altogether."""
WINDOW_S = 60.0
REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class _Window:
    began: float
    kept: int = 0


@dataclass(slots=True)
class _Last:
    at: float
    left_out: int = 0


@dataclass(slots=True)
class RefusalBudget:
    """Decides for one process which refused attempts are written down."""

    _same: OrderedDict[tuple[str, str], _Last] = field(default_factory=OrderedDict)
    _people: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    _all: _Window = field(default_factory=lambda: _Window(0.0))
    _left_out: int = 0

    def admit(self, who: str, what: str, *, now: float) -> int | None:
        """Return how many attempts were left out since the last one kept; None: leave this one out.

        Args:
            who: a person's id, or the address of somebody unknown.
            now: seconds of a clock that never goes back.
        """
        last = self._same.get((who, what))
        if last is not None and now - last.at < SAME_EVERY_S:
            last.left_out += 1
            return None
        person = self._window(who, now)
        if now - self._all.began >= WINDOW_S:
            self._all = _Window(now)
        if person.kept >= PER_PERSON or self._all.kept >= FOR_ALL:
            self._left_out += 1
            return None
        person.kept += 1
        self._all.kept += 1
        left_out = self._left_out + (last.left_out if last is not None else 0)
        self._left_out = 0
        self._remember((who, what), now)
        return left_out

    def _window(self, who: str, now: float) -> _Window:
        found = self._people.pop(who, None)
        if found is None or now - found.began >= WINDOW_S:
            found = _Window(now)
        self._people[who] = found
        if len(self._people) > REMEMBERED_MAX:
            self._people.popitem(last=False)
        return found

    def _remember(self, key: tuple[str, str], now: float) -> None:
        self._same.pop(key, None)
        self._same[key] = _Last(now)
        if len(self._same) > REMEMBERED_MAX:
            self._same.popitem(last=False)
