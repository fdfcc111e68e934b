"""Say in words why a database does not do what it should."""

import psycopg
from sqlalchemy.exc import DBAPIError

_WORDS = {
    "25006": "it is read-only",
    "53100": "its disk is full",
    "53300": "it has no connection left",
    "57P01": "it was shut down",
    "57P03": "it is starting or stopping",
    "57014": "it needs too long",
    "55P03": "a lock is not given back",
}
"""By SQLSTATE; source: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


def describe_failure(error: BaseException) -> str:
    """Return a few words; never a statement or a connection string."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, TimeoutError):
        return "it does not answer in time"
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    if state in _WORDS:
        return _WORDS[state]
    return f"SQLSTATE {state}" if state else type(cause).__name__
