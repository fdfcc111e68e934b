"""How long somebody must wait before the next try to sign in; nobody is locked out for good."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from patriot_app.core.errors import Refused

FREE_TRIES = 5
WINDOW = timedelta(hours=1)
WAIT_MAX = timedelta(minutes=5)
IP_TRIES_PER_WINDOW = 50
ALARM_TRIES = 20
"""Failures for one person within the window, from wherever, after which the desk is told and
unfamiliar addresses take turns."""
STRANGER_GAP = timedelta(seconds=10)
FAMILIAR_FOR = timedelta(days=90)
"""An address is a person's own for so long after he was signed in from it."""


class Throttled(Refused):
    """Too many tries; one may try again after a wait."""

    def __init__(self, wait: timedelta) -> None:
        self.wait_s = max(1, round(wait.total_seconds()))
        super().__init__(f"Too many tries. Please wait {self.wait_s} s and try again")


def wait_of_person(failures: Sequence[datetime], *, now: datetime) -> timedelta:
    """Return the wait after failures of one person from one address since the last success.

    Five tries are free, then each doubles the wait: 1 s, 2 s, 4 s … at most five minutes.

    Args:
        failures: newest last, within the window.
    """
    if len(failures) < FREE_TRIES:
        return timedelta(0)
    doublings = min(len(failures) - FREE_TRIES, 20)
    wait = min(timedelta(seconds=2**doublings), WAIT_MAX)
    return max(failures[-1] + wait - now, timedelta(0))


def wait_of_address(failures: Sequence[datetime], *, now: datetime) -> timedelta:
    """Return the wait of an address that failed too often, whoever it tried to be."""
    if len(failures) < IP_TRIES_PER_WINDOW:
        return timedelta(0)
    return max(failures[-IP_TRIES_PER_WINDOW] + WINDOW - now, timedelta(0))


def wait_of_stranger(failures: int, newest: datetime | None, *, now: datetime) -> timedelta:
    """Return the wait of an address from which the person was never signed in.

    While somebody guesses from many places, all strange addresses together get one try in ten
    seconds. The person's own addresses do not wait for them, so nobody can be locked out.

    Args:
        failures: of this person within the window, from wherever.
        newest: the latest of them from a strange address.
    """
    if failures < ALARM_TRIES or newest is None:
        return timedelta(0)
    return max(newest + STRANGER_GAP - now, timedelta(0))
