"""An example of each kind's parameters, for forms and documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.parameters import read_parameters
from daemon.paper_exchange.fields import INTEGER_MAX, Fields

_SAMPLES: Final[Mapping[str, Any]] = {
    "addresses": ["10.0.0.1"],
    "amount": "100",
    "hedge_mode": True,
    "leverage": 5,
    "margin_mode": "ISOLATED",
    "percent": "-5",
    "permissions": {"withdraw": True},
    "quantity": "0.01",
    "rates": {"timeout": 0.02, "drop_after": 0.01},
    "side": "SELL",
    "skew_ms": -5000,
    "tick_size": "0.5",
    "to_api_key": "another-key",
}


def example_parameters(kind: FaultKind) -> dict[str, Any]:
    """Return parameters that a kind takes: its defaults, and samples where it has none."""
    noting = _Noting()
    read_parameters(kind, noting)
    return dict(noting.noted)


class _Noting(Fields):
    """Answers every question with the default or a sample, and notes it."""

    def __init__(self) -> None:
        super().__init__({})
        self.noted: dict[str, Any] = {}

    def __contains__(self, name: str) -> bool:
        return name in _SAMPLES

    def optional_integer(self, name: str, *, least: int = 0, most: int = INTEGER_MAX) -> int | None:
        """Leave out what may be left out."""
        self.noted[name] = None
        return None

    def group(self, name: str) -> Fields:
        """Give the sample of a group."""
        return Fields(self.mapping(name), name=name)

    def _take(self, name: str, default: Any) -> Any:
        value = _SAMPLES.get(name, default)
        self.noted[name] = list(value) if isinstance(value, tuple) else value
        return value
