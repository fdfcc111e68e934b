"""Wait for the desk without being what it waits for: each look costs the database a connection."""

from functools import partial

from tests.waiting import until

LOOK_EVERY_S = 0.25
SOON_S = 0.05
"""For a moment in the middle of a fan-out."""

until_seen = partial(until, step_s=LOOK_EVERY_S)
until_soon = partial(until, step_s=SOON_S)
