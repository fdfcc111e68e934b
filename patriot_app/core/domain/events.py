"""Past-tense facts: the audit trail and the trigger of notifications.

Each belongs to a stream (an account, a client, a deployment, the desk, the system) and names its
subject, the object whose timeline shows it. Payloads carry text for money and times, never secrets.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID


class Severity(StrEnum):
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact of the desk as a whole.

    Attributes:
        subject: the object it is about, for that object's timeline.
    """

    subject: UUID | None = None

    @property
    def type(self) -> str:
        return type(self).__name__

    @property
    def severity(self) -> Severity:
        return SEVERITIES.get(self.type, Severity.INFO)

    @property
    def stream(self) -> str:
        return "desk"

    @property
    def subject_id(self) -> UUID | None:
        return self.subject

    def to_payload(self) -> dict[str, Any]:
        """Return the fields as JSON-safe values."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if field.name != "subject"
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent(Event):
    account_id: UUID

    @property
    def stream(self) -> str:
        return f"account:{self.account_id}"

    @property
    def subject_id(self) -> UUID | None:
        return self.subject or self.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEvent(Event):
    client_id: UUID

    @property
    def stream(self) -> str:
        return f"client:{self.client_id}"

    @property
    def subject_id(self) -> UUID | None:
        return self.subject or self.client_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentEvent(Event):
    deployment_id: UUID

    @property
    def stream(self) -> str:
        return f"deployment:{self.deployment_id}"

    @property
    def subject_id(self) -> UUID | None:
        return self.subject or self.deployment_id


# People and sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(ClientEvent):
    email: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStatusChanged(ClientEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(ClientEvent):
    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Event):
    email: str
    ip: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(ClientEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SteppedUp(ClientEvent):
    """A signed-in person proved again who he is."""

    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorChanged(ClientEvent):
    is_enrolled: bool


# Accounts and keys


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(AccountEvent):
    exchange: str
    mode: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatusChanged(AccountEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParked(AccountEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnparked(AccountEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReady(AccountEvent):
    open_orders: int
    open_positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNotReady(AccountEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSubmitted(AccountEvent):
    masked_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialVerified(AccountEvent):
    masked_key: str
    exchange_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRejected(AccountEvent):
    masked_key: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRevoked(AccountEvent):
    masked_key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverageSet(AccountEvent):
    symbol: str
    leverage: int


# Agreements


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateSigned(ClientEvent):
    name: str
    rate: Decimal
    measure: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRateChanged(ClientEvent):
    rate: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateEnded(ClientEvent):
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePeriodClosed(ClientEvent):
    starts_at: datetime
    fee: Decimal


# Strategies


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyCreated(Event):
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyVersionAdded(Event):
    number: int
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentCreated(DeploymentEvent):
    name: str
    symbols: tuple[str, ...]
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatusChanged(DeploymentEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentAccountsChanged(DeploymentEvent):
    added: int
    removed: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentVersionSwitched(DeploymentEvent):
    previous: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyFailed(DeploymentEvent):
    symbol: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRecorded(DeploymentEvent):
    symbol: str
    action: str
    reference_price: Decimal
    stop_loss: Decimal | None
    accounts: int


# Orders, fills, protection


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPlanned(DeploymentEvent):
    """A chunk of a fan-out was decided."""

    planned: int
    skipped: int
    denied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(AccountEvent):
    """Something of ours forbids the order: a limit, a halt, a state."""

    symbol: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSkipped(AccountEvent):
    """There was nothing sensible to order; the customer hears of a margin that did not suffice."""

    symbol: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlanned(AccountEvent):
    symbol: str
    leg: str
    side: str
    quantity: Decimal | None
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswered(AccountEvent):
    """An attempt's state after the exchange's answer."""

    client_order_id: str
    state: str
    code: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderVoided(AccountEvent):
    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported(AccountEvent):
    """The exchange told of a change by stream or look-up."""

    client_order_id: str
    state: str
    filled_quantity: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProvedAbsent(AccountEvent):
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuarantined(AccountEvent):
    client_order_id: str
    unknown_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilledLate(AccountEvent):
    client_order_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRecorded(AccountEvent):
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    exchange_trade_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFillRecorded(AccountEvent):
    """A trade on the customer's account that was not ours."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    exchange_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionProtected(AccountEvent):
    symbol: str
    leg: str
    trigger_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionUnprotected(AccountEvent):
    symbol: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionClosed(AccountEvent):
    symbol: str
    realised_pnl: Decimal


# Risk


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


# Commands, instruments, ledger, system


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


SEVERITIES: dict[str, Severity] = {
    "SignInFailed": Severity.NOTICE,
    "AccountParked": Severity.CRITICAL,
    "AccountNotReady": Severity.WARNING,
    "CredentialRejected": Severity.WARNING,
    "CredentialRevoked": Severity.NOTICE,
    "StrategyFailed": Severity.WARNING,
    "OrderDenied": Severity.NOTICE,
    "OrderSkipped": Severity.NOTICE,
    "OrderQuarantined": Severity.CRITICAL,
    "OrderFilledLate": Severity.CRITICAL,
    "ForeignFillRecorded": Severity.NOTICE,
    "PositionUnprotected": Severity.CRITICAL,
    "HaltRaised": Severity.CRITICAL,
    "HaltLifted": Severity.WARNING,
    "LedgerDidNotTie": Severity.WARNING,
    "UnknownLedgerType": Severity.WARNING,
    "JobFailed": Severity.WARNING,
}
"""Facts that are more than information."""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
