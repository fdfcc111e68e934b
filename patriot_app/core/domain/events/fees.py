"""Agreements with clients, their months, and what they owe."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.events.base import ClientEvent, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateSigned(ClientEvent):
    name: str
    rate: Decimal
    measure: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRateChanged(ClientEvent):
    """Another rate; recorded until terms were amended as a whole."""

    rate: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateTermsChanged(ClientEvent):
    rate: Decimal
    measure: str
    withdrawal_policy: str
    hurdle: Decimal
    invoice_minimum: Decimal
    valid_from: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HighWaterMarkReset(ClientEvent):
    """An amendment set the mark anew; fees from then on are charged above it."""

    mark: Decimal
    mark_before: Decimal
    valid_from: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateEnded(ClientEvent):
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValued(ClientEvent):
    """Open positions were given a value at a moment at which nobody had measured them."""

    account_id: UUID
    moment: datetime
    unrealised_pnl: Decimal
    source: str
    evidence: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLeftMandate(ClientEvent):
    """An account counts for its mandate only until then: later days cannot be proved."""

    account_id: UUID
    left_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePeriodClosed(ClientEvent):
    starts_at: datetime
    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePeriodHeld(ClientEvent):
    """A month could not be closed; the reasons say what it waits for."""

    starts_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePeriodFinalised(ClientEvent):
    """A fee was agreed to; the mark rises with it. Without a number it is pro forma."""

    starts_at: datetime
    fee: Decimal
    high_water_mark: Decimal
    high_water_mark_before: Decimal
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(ClientEvent):
    number: str
    amount: Decimal
    currency: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded(ClientEvent):
    number: str
    amount: Decimal
    reference: str
    outstanding: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued(ClientEvent):
    """Part of an invoice, or all of it, was taken back."""

    number: str
    invoice: str
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWrittenOff(ClientEvent):
    number: str
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicingChanged(Event):
    """Who bills or on which terms was changed; a sentence for each change."""

    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSent(ClientEvent):
    """An invoice goes to its client by e-mail, as a link."""

    number: str
    amount: Decimal
    currency: str
    month: str
    due_on: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReminded(ClientEvent):
    """A client is reminded of what he owes."""

    number: str
    outstanding: Decimal
    currency: str
    due_on: str
    days: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthWithoutFeeTold(ClientEvent):
    """A client hears that a month is over and costs nothing."""

    month: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHeldForOverdue(ClientEvent):
    """What is owed has been due for too long: the client's accounts open nothing more."""

    number: str
    days: int
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatoryExportMade(Event):
    """The books of some days, both included, were taken out; the digest is the file's."""

    first: str
    last: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeShareAgreed(Event):
    """A partner shares in a mandate's fees; months as 2026-05, an empty last one has no end."""

    mandate: str
    partner: str
    rate: Decimal
    first_month: str
    last_month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeShareEnded(Event):
    partner: str
    last_month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCredited(Event):
    """A partner got his share of what came in for an invoice; negative: it was taken back."""

    partner: str
    number: str
    amount: Decimal
    currency: str
