"""Errors of a world: those that its faults cause, and those that nothing explains.

The daemon's loops catch what a job raises, log it and go on, so an error of the product, or of the
harness inside of it, would pass unseen. Here every error that is logged is judged: it must be one of
the kinds that this module defines, or have one of them among its causes. Two kinds are the product's
own words for trouble at the other end; they count only while a fault is still at work.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from websockets.exceptions import ConnectionClosedError

from daemon.exchanges.transport import NotSent, SentUnknown
from patriot_app.core.errors import ExchangeError

_CONSEQUENCES = (ExchangeError, TimeoutError)
"""What a disturbed answer or a slow database becomes in the product."""
_PLACES = 3
"""So many of the last places of an error's way are told."""


class Injected(Exception):
    """A fault of the world stands behind it."""


class Crash(BaseException):
    """The process is gone: nothing catches it, nothing is put in order."""


class DatabaseLost(Injected, psycopg.OperationalError):
    """The database does not answer, or the connection to it broke."""


class Deadlock(Injected, psycopg.errors.DeadlockDetected):
    """The database ended the transaction in favour of another."""


class RequestNotSent(Injected, NotSent):
    """No byte of a request left."""


class RequestUnanswered(Injected, SentUnknown):
    """A request left, and no answer came."""


class StreamRefused(Injected, ConnectionRefusedError):
    """A stream could not be opened."""


class StreamCut(Injected, ConnectionClosedError):
    """A stream ended."""


class StreamGone(Injected, ConnectionResetError):
    """The other end of a stream is not there any more."""


_EXPLAINED = (Injected, Crash, asyncio.CancelledError)


class ErrorWatch(logging.Handler):
    """Hears every error that is logged while a world runs.

    Attributes:
        injected: how many errors a fault explains.
        unexplained: the others, in words.
    """

    def __init__(self, is_disturbed: Callable[[], bool]) -> None:
        super().__init__(logging.WARNING)
        self.injected = 0
        self.unexplained: list[str] = []
        self._is_disturbed = is_disturbed

    def emit(self, record: logging.LogRecord) -> None:
        """Judge the error of a record, if it has one."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.judge(error, f"{record.name} {record.getMessage()}")

    def judge(self, error: BaseException, told: str) -> None:
        """Count an error that a fault explains, and remember any other."""
        if is_explained(error, is_disturbed=self._is_disturbed()):
            self.injected += 1
        else:
            self.unexplained.append(f"{told}: {_words(error)}")


def is_explained(error: BaseException, *, is_disturbed: bool) -> bool:
    """Tell whether a fault of the world stands behind an error.

    Args:
        is_disturbed: a fault is still at work, so that exchanges and the database may fail.
    """
    explained = (*_EXPLAINED, *_CONSEQUENCES) if is_disturbed else _EXPLAINED
    return any(isinstance(each, explained) for each in _chain(error))


@contextmanager
def watching(watch: ErrorWatch) -> Iterator[None]:
    """Let nobody but the watch hear what is logged."""
    root, disabled = logging.getLogger(), logging.root.manager.disable
    handlers, level = root.handlers, root.level
    root.handlers = [watch]
    root.setLevel(logging.WARNING)
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        logging.disable(disabled)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return an error and everything that it was raised from.

    What merely happened while a fault was handled is not among it: a handler may be wrong too.
    """
    waiting = [error]
    while waiting:
        each = waiting.pop()
        yield each
        if each.__cause__ is not None:
            waiting.append(each.__cause__)
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _words(error: BaseException) -> str:
    places = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    way = " > ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
    return f"{type(error).__name__}: {str(error)[:300]} ({way})"
