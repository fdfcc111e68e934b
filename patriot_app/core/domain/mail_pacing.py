"""How often a message that did not leave is tried again, and when it is given up."""

from datetime import timedelta

MAIL_ATTEMPTS_MAX = 8
MAIL_AGE_MAX = timedelta(hours=12)
"""Older news is in the console; a flood of it helps nobody."""
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)


def mail_pause(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: 30 s, 1 min, 2 min … up to 1 h."""
    assert attempts >= 1
    doublings = min(attempts - 1, 10)
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << doublings))
