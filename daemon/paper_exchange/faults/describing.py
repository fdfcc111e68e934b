"""The catalogue of kinds for people: family, meaning and parameters, read from the code itself."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Any, Final

from daemon.paper_exchange.faults import kinds
from daemon.paper_exchange.faults.answers import ANSWERS
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.templates import example_parameters

_MEMBER: Final = re.compile(r'^    [A-Z_]+ = "(?P<word>[a-z_]+)"$')
_FAMILIES: Final = (
    ("answer", kinds.ANSWER_KINDS),
    ("read", kinds.LENS_KINDS),
    ("stream", kinds.STREAM_KINDS),
    ("action", kinds.ACTION_KINDS),
    ("request", kinds.REQUEST_KINDS),
)


@cache
def describe_kinds() -> list[dict[str, Any]]:
    """Return every kind with its family, meaning, exchanges and parameters."""
    meanings = _meanings()
    return [
        {
            "kind": kind,
            "family": family_of(kind),
            "meaning": meanings.get(kind, ""),
            "exchanges": sorted(ANSWERS[kind]) if kind in ANSWERS else ["binance", "bybit"],
            "parameters": example_parameters(kind),
            "stands": kind in kinds.STANDING_KINDS,
        }
        for kind in FaultKind
    ]


def family_of(kind: FaultKind) -> str:
    """Return what a kind disturbs."""
    return next((name for name, members in _FAMILIES if kind in members), "swarm")


def _meanings() -> dict[str, str]:
    """Read the line under each member of the enumeration."""
    meanings: dict[str, str] = {}
    word = ""
    for line in inspect.getsource(FaultKind).splitlines():
        found = _MEMBER.match(line)
        if found is not None:
            word = found["word"]
        elif word and line.strip().startswith('"""'):
            meanings[word] = line.strip().strip('"')
            word = ""
    return meanings
