"""Errors that a fault of the world explains, and those that nothing does."""

import logging
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from daemon.exchanges.transport import NotSent
from patriot_app.core.errors import ExchangeUnavailable
from tests.simulation.errors import (
    DatabaseLost,
    Deadlock,
    ErrorWatch,
    RequestNotSent,
    StreamCut,
    is_explained,
    watching,
)

log = logging.getLogger(__name__)


def raised(raises: Callable[[], object]) -> BaseException:
    try:
        raises()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def wrap(cause: Exception) -> None:
    raise ValueError("in between") from cause


def fail_in_handling(cause: Exception) -> None:
    try:
        raise cause
    except Exception:
        {}["missing"]


def test_a_fault_of_the_world_explains_an_error_and_what_comes_of_it() -> None:
    lost = DatabaseLost("gone")
    wrapped = DBAPIError.instance("SELECT 1", {}, lost, psycopg.Error)
    wrapped.__cause__ = lost
    assert is_explained(lost, is_disturbed=False)
    assert is_explained(wrapped, is_disturbed=False)
    assert is_explained(raised(lambda: wrap(RequestNotSent("refused"))), is_disturbed=False)
    assert is_explained(ExceptionGroup("two", [StreamCut(None, None)]), is_disturbed=False)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("the database does not answer"),
        psycopg.errors.DeadlockDetected("deadlock detected"),
        NotSent("ConnectionRefusedError"),
        KeyError("shards"),
        AssertionError("a transaction waited for something else"),
    ],
)
def test_the_same_words_without_the_mark_explain_nothing(error: Exception) -> None:
    assert not is_explained(error, is_disturbed=True)


@pytest.mark.parametrize("error", [ExchangeUnavailable("HTTP 502"), TimeoutError()])
def test_trouble_at_the_other_end_counts_while_a_fault_is_at_work(error: Exception) -> None:
    assert is_explained(error, is_disturbed=True)
    assert not is_explained(error, is_disturbed=False)


def test_an_error_in_the_handling_of_a_fault_is_not_the_faults() -> None:
    error = raised(lambda: fail_in_handling(Deadlock("both")))
    assert isinstance(error, KeyError)
    assert not is_explained(error, is_disturbed=True)


def test_what_is_caught_and_logged_is_heard_though_logging_is_off() -> None:
    watch = ErrorWatch(is_disturbed=lambda: False)
    with watching(watch):
        for error in (KeyError("shards"), DatabaseLost("gone")):
            try:
                raise error
            except Exception:
                log.exception("job_failed")
        log.warning("nothing was raised")
    (told,) = watch.unexplained
    assert "job_failed" in told
    assert "KeyError: 'shards'" in told
    assert watch.injected == 1
