"""Which function of the product opened the running transaction; it names the crash points."""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

CALLER: ContextVar[str] = ContextVar("caller", default="")
_BETWEEN = frozenset(
    {"contextlib.py", "unit_of_work.py", "reader.py", "callers.py", "crash_points.py"}
)
_names: dict[object, str] = {}


def noting(new_session: Callable[[], T]) -> Callable[[], T]:
    """Return a way to open sessions that remembers who asked for one."""

    def opened(*, is_reserved: bool = False) -> T:
        CALLER.set(name_above(sys._getframe(1)))
        return new_session()

    return opened


def name_above(frame: FrameType) -> str:
    """Return the product's function that asks for a session, looking upwards from a frame."""
    while frame.f_back is not None and _is_between(frame.f_code.co_filename):
        frame = frame.f_back
    code = frame.f_code
    name = _names.get(code)
    if name is None:
        name = _names[code] = f"{Path(code.co_filename).stem}.{code.co_name}"
    return name


@cache
def _is_between(file: str) -> bool:
    return Path(file).name in _BETWEEN
