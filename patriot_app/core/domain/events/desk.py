"""Limits, halts, commands, instruments, ledgers, and the system itself."""

from dataclasses import dataclass
from datetime import datetime
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
    """Level 1 to 4: no entries, entries cancelled, positions closed, nothing sent."""

    scope: str
    scope_id: str
    state: str
    reason: str
    level: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLoweringProposed(Event):
    """One of two people wants a halt lowered; level 0 lifts it."""

    scope: str
    scope_id: str
    level: int
    to_level: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLifted(Event):
    """Solo: the desk is one person, who carried his own proposal through."""

    scope: str
    scope_id: str
    reason: str
    level: int = 2
    is_solo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltCleared(Event):
    """Every account of a halt has been cleared up, or has failed."""

    scope: str
    scope_id: str
    level: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltClearingRetried(Event):
    accounts: int
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
class ComplianceReportMade(Event):
    """A report was made of what a period held; its last day is excluded."""

    starts_on: str
    ends_on: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkImported(Event):
    """The daily closes of a benchmark were replaced by those of a file."""

    benchmark: str
    days: int
    first_day: str
    last_day: str


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
class LedgerTypeClassified(Event):
    """A person decided what a type of money rows means, for those there are and those to come."""

    exchange: str
    row_type: str
    classification: str
    rows: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRowDiffered(AccountEvent):
    """An exchange told a row again with another amount; ours stays as it was told first."""

    row_type: str
    row_id: str
    amount: Decimal
    told: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerWentStale(AccountEvent):
    """A ledger was not read for too long; the exchange does not serve its rows for ever."""

    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerGapFound(AccountEvent):
    """Rows from a moment on are no longer served and were not read before."""

    gap_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerGapAccepted(AccountEvent):
    """A person has seen to it that nothing of account is missing."""

    gap_from: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTaken(Event):
    shards: int
    owner: str

    @property
    def stream(self) -> str:
        return "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingKeyRotated(Event):
    """Sealed keys were sealed anew for another key of the daemon."""

    key_id: str
    rewrapped: int
    left: int

    @property
    def stream(self) -> str:
        return "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingKeyRetired(Event):
    """No sealed key needs this one any more; its file was destroyed."""

    key_id: str

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
class ColdModeEntered(Event):
    """What the database says of unsent orders is not believed until every account is proved."""

    reason: str

    @property
    def stream(self) -> str:
        return "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdModeLeft(Event):
    reason: str
    is_solo: bool = False

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
