"""Every state machine is a table; one function walks it."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from patriot_app.core.errors import IllegalTransition

S = TypeVar("S", bound=StrEnum)


def advance(table: Mapping[S, frozenset[S]], current: S, reported: S) -> S:
    """Return the state after a report; the same state again is no change.

    Raises:
        IllegalTransition: the table has no arrow from current to reported.
    """
    if reported == current:
        return current
    if reported not in table[current]:
        raise IllegalTransition(
            f"{_words(type(current).__name__)}: {_words(current)} cannot become {_words(reported)}"
        )
    return reported


def prior_states(table: Mapping[S, frozenset[S]], wanted: S) -> tuple[S, ...]:
    """Return the states from which one may come to `wanted`: the guard of an SQL update."""
    return tuple(state for state, arrows in table.items() if wanted in arrows)


def final_states(table: Mapping[S, frozenset[S]]) -> tuple[S, ...]:
    """Return the states that nothing leaves."""
    return tuple(state for state, arrows in table.items() if not arrows)


def _words(name: str) -> str:
    """Return a name of the code as people read it: `UserStatus` is the user status."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()
