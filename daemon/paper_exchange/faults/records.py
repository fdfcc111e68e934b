"""What is kept of a fault that happened, and what a rule may ask of a stream's frame."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.rules import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """A fault that happened.

    Attributes:
        wall_ms: when, by the wall clock.
        accepted: whether the request was worked; None where there was no request.
    """

    fault_id: str
    kind: FaultKind
    wall_ms: int
    exchange: str = ""
    api_key: str = ""
    method: str = ""
    path: str = ""
    client_ids: tuple[str, ...] = ()
    symbol: str = ""
    accepted: bool | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What a rule may ask of a frame."""

    event: str
    symbols: tuple[str, ...]
    client_ids: tuple[str, ...]

    def are_meant(self, match: Match) -> bool:
        """Tell whether a rule means such a frame."""
        if match.event and match.event != self.event:
            return False
        if match.symbol and match.symbol not in self.symbols:
            return False
        return not match.client_id or match.meets_client_id(list(self.client_ids))
