"""The steps of an order's life, and how an event is told as one."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TITLES = {
    "EntryExpiresSoon": "Ends soon",
    "EntryWithdrawn": "Taken back",
    "OrderAmended": "Changed",
}
_HIDDEN = frozenset({"account_id", "client_order_id", "symbol"})
_AMOUNT = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline."""

    at: datetime
    title: str
    text: str
    severity: str = "info"
    actor: str = ""


def event_step(event: Any) -> Step:
    """Return a recorded event of an order as a step."""
    return Step(
        event.recorded_at,
        TITLES.get(event.type, event.type),
        _words(event.payload),
        event.severity,
        event.actor,
    )


def _words(payload: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {_plain(str(value))}"
        for name, value in payload.items()
        if name not in _HIDDEN and value not in (None, "")
    )


def _plain(text: str) -> str:
    """Take the zeros off the end of an amount, which is stored with 18 decimals."""
    return text.rstrip("0").rstrip(".") if _AMOUNT.fullmatch(text) else text
