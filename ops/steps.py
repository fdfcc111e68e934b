"""Print what is being done and how long each step took."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

_WIDTH = 46


class Steps:
    """A list of named steps on a terminal or in a log.

    Each step prints one line when it ends. On a terminal its name also stands there while it
    runs, so that a slow step is seen to be working.
    """

    def __init__(self, out: TextIO | None = None, *, now: Callable[[], float] = monotonic) -> None:
        self._out = out or sys.stdout
        self._now = now
        self._started_at = now()

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time one step; yields a function that sets what to say when it ends well."""
        notes: list[str] = []
        begun_at = self._now()
        if self._out.isatty():
            self._write(f"  .. {name:<{_WIDTH}}\r")
        try:
            yield notes.append
        except BaseException:
            self._write(f"  !! {name:<{_WIDTH}} {self._now() - begun_at:6.1f} s  failed\n")
            raise
        note = f"  {notes[-1]}" if notes else ""
        self._write(f"  ok {name:<{_WIDTH}} {self._now() - begun_at:6.1f} s{note}\n")

    def say(self, text: str = "") -> None:
        """Print a line of its own."""
        self._write(f"{text}\n")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first step could begin."""
        return self._now() - self._started_at

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
