"""Limits, halts, commands, instruments, ledgers, and the system itself."""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.events.base import AccountEvent, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSet(Event):
    scope: str
    scope_id: str
    name: str
    previous: Decimal | None
    value: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRaised(Event):
    scope: str
    scope_id: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLifted(Event):
    scope: str
    scope_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandIssued(Event):
    command: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCompleted(Event):
    command: str
    status: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentSwitched(Event):
    exchange: str
    symbol: str
    is_enabled: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsRefreshed(Event):
    exchange: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalFlowSeen(AccountEvent):
    amount: Decimal
    asset: str
    row_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDidNotTie(AccountEvent):
    difference: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownLedgerType(AccountEvent):
    row_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTaken(Event):
    shards: int
    owner: str

    @property
    def stream(self) -> str:
        return "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Event):
    job: str
    error: str

    @property
    def stream(self) -> str:
        return "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvariantBroken(Event):
    """A statement that must find nothing found something."""

    name: str
    sample: tuple[str, ...]

    @property
    def stream(self) -> str:
        return "system"
