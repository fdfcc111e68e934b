"""What every fact tells: its stream, its subject, its severity and its payload."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

_NAMES: dict[type, tuple[str, ...]] = {}
"""What the payload of each kind holds; looked up for every fact, so found once."""


class Severity(StrEnum):
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact of the desk as a whole.

    Attributes:
        schema_version: of the kind's fields, see `schemas`.
        subject: the object it is about, for that object's timeline.
    """

    schema_version: ClassVar[int] = 1
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
        names = _NAMES.get(type(self))
        if names is None:
            found = (field.name for field in fields(self))
            names = _NAMES[type(self)] = tuple(name for name in found if name != "subject")
        return {name: _plain(getattr(self, name)) for name in names}


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


SEVERITIES: dict[str, Severity] = {
    "FeePeriodHeld": Severity.WARNING,
    "AccountValued": Severity.WARNING,
    "AccountLeftMandate": Severity.WARNING,
    "InvoiceIssued": Severity.NOTICE,
    "PaymentRecorded": Severity.NOTICE,
    "CreditNoteIssued": Severity.NOTICE,
    "InvoiceWrittenOff": Severity.WARNING,
    "InvoicingChanged": Severity.WARNING,
    "FeeShareAgreed": Severity.NOTICE,
    "FeeShareEnded": Severity.NOTICE,
    "RegulatoryExportMade": Severity.NOTICE,
    "InvoiceSent": Severity.NOTICE,
    "InvoiceReminded": Severity.NOTICE,
    "ClientHeldForOverdue": Severity.WARNING,
    "SignInFailed": Severity.NOTICE,
    "NewDeviceSeen": Severity.WARNING,
    "ApiKeyCreated": Severity.WARNING,
    "RefreshTokenReused": Severity.WARNING,
    "PasswordChanged": Severity.WARNING,
    "PasswordLinkSent": Severity.NOTICE,
    "UserEmailChangeAsked": Severity.WARNING,
    "UserEmailChanged": Severity.WARNING,
    "SignedInAfterFailures": Severity.WARNING,
    "SecondFactorChanged": Severity.WARNING,
    "SecondFactorLocked": Severity.WARNING,
    "RecoveryCodeUsed": Severity.WARNING,
    "TelegramLinked": Severity.WARNING,
    "TelegramUnlinked": Severity.WARNING,
    "TelegramSignInRefused": Severity.WARNING,
    "ChatSecretDeleted": Severity.WARNING,
    "AttemptRefused": Severity.WARNING,
    "ProposalMade": Severity.NOTICE,
    "ProposalDecided": Severity.NOTICE,
    "RolesChanged": Severity.WARNING,
    "AuditAccessGiven": Severity.WARNING,
    "SecondFactorReset": Severity.WARNING,
    "AccountParked": Severity.CRITICAL,
    "DiscrepancyFound": Severity.NOTICE,
    "DiscrepancyDecided": Severity.NOTICE,
    "OrderDecided": Severity.WARNING,
    "AccountNotReady": Severity.WARNING,
    "CredentialRejected": Severity.WARNING,
    "CredentialRevoked": Severity.NOTICE,
    "CredentialWaiting": Severity.NOTICE,
    "CredentialReplaced": Severity.NOTICE,
    "CredentialQuarantined": Severity.CRITICAL,
    "CredentialDidNotOpen": Severity.CRITICAL,
    "CredentialExpiresSoon": Severity.WARNING,
    "CredentialRenewalAsked": Severity.NOTICE,
    "AccountLockedDown": Severity.CRITICAL,
    "LockdownNoted": Severity.NOTICE,
    "LockdownEnded": Severity.WARNING,
    "StrategyFailed": Severity.CRITICAL,
    "FanOutFellShort": Severity.NOTICE,
    "OrderDenied": Severity.NOTICE,
    "OrderSkipped": Severity.NOTICE,
    "EntryExpiresSoon": Severity.NOTICE,
    "OrderQuarantined": Severity.CRITICAL,
    "OrderFilledLate": Severity.CRITICAL,
    "ForeignFillRecorded": Severity.NOTICE,
    "PositionUnprotected": Severity.CRITICAL,
    "LegLate": Severity.WARNING,
    "ProtectionChanged": Severity.NOTICE,
    "HaltRaised": Severity.CRITICAL,
    "HaltLoweringProposed": Severity.WARNING,
    "HaltLifted": Severity.WARNING,
    "HaltCleared": Severity.NOTICE,
    "LedgerDidNotTie": Severity.WARNING,
    "UnknownLedgerType": Severity.WARNING,
    "LedgerRowDiffered": Severity.CRITICAL,
    "LedgerWentStale": Severity.WARNING,
    "LedgerGapFound": Severity.CRITICAL,
    "AllocationChangeAsked": Severity.NOTICE,
    "AccountRebalanced": Severity.NOTICE,
    "AllocationChangeRefused": Severity.WARNING,
    "RiskBreachActed": Severity.NOTICE,
    "LimitOverridden": Severity.NOTICE,
    "LimitOverrideEnded": Severity.NOTICE,
    "JobFailed": Severity.WARNING,
    "DeliveryStopped": Severity.CRITICAL,
    "DeliveryResumed": Severity.NOTICE,
    "WebhookAdded": Severity.WARNING,
    "WebhookSecretRotated": Severity.NOTICE,
    "WebhookSwitchedOff": Severity.WARNING,
    "TradingKeyRotated": Severity.NOTICE,
    "TradingKeyRetired": Severity.NOTICE,
    "InvariantBroken": Severity.CRITICAL,
    "ColdModeEntered": Severity.CRITICAL,
    "ColdModeLeft": Severity.WARNING,
    "MaintenancePlanned": Severity.NOTICE,
    "MaintenanceChanged": Severity.NOTICE,
    "MaintenanceEndAsked": Severity.WARNING,
    "MaintenanceBegan": Severity.NOTICE,
    "MaintenanceBeganUnexpectedly": Severity.CRITICAL,
    "MaintenanceOverran": Severity.CRITICAL,
    "MaintenanceEnded": Severity.NOTICE,
    "TicketOpened": Severity.NOTICE,
    "TicketFollowedUp": Severity.NOTICE,
    "TicketAnswered": Severity.NOTICE,
    "IncidentOpened": Severity.NOTICE,
    "IncidentPaged": Severity.WARNING,
    "ContactSet": Severity.NOTICE,
    "ContactRemoved": Severity.NOTICE,
}
"""Facts that are more than information."""


def _plain(value: Any) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
