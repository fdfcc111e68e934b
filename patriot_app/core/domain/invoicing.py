"""On which terms the desk bills: who, payable within how long, what is sent and asked by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.errors import Invalid

REMINDER_DAYS = (3, 10, 20)
DAYS_MAX = 365
NAME_LENGTH_MAX = 120
TEXT_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class InvoicingTerms:
    """The desk's invoicing details.

    Attributes:
        payment_term_days: from the finalisation until it is due.
        is_sent_at_once: invoices are sent when they are finalised, and months without a fee told.
        reminder_days: so many days after it was due a client is reminded; rising.
        suspend_after_days: so many days after it was due the client's accounts open nothing more;
            None: never.
    """

    issuer: Issuer
    payment_term_days: int
    is_sent_at_once: bool = True
    reminder_days: tuple[int, ...] = REMINDER_DAYS
    suspend_after_days: int | None = None


class Ageing(StrEnum):
    """How long an invoice has been due, by whole days."""

    CURRENT = "current"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "90+"


AGEING_DAYS = ((Ageing.TO_30, 30), (Ageing.TO_60, 60), (Ageing.TO_90, 90))
"""Up to how many days overdue each band goes."""


def days_overdue(due_at: datetime, *, now: datetime) -> int:
    """Return the begun days since an invoice was due; 0 or less: it is not overdue."""
    late = now - due_at
    return late.days + 1 if late.total_seconds() >= 0 else 0


def ageing(days: int) -> Ageing:
    """Return the band of an invoice that is so many begun days overdue."""
    if days <= 0:
        return Ageing.CURRENT
    return next((band for band, last in AGEING_DAYS if days <= last), Ageing.OVER_90)


def reminder_due(
    due_at: datetime, *, reminder_days: Iterable[int], last: int | None, now: datetime
) -> int | None:
    """Return which reminder is to be sent now: the latest whose day has come, and each once.

    A daemon that was down catches up with one reminder, not with all it missed.

    Args:
        last: the reminder that was sent last, by its days; None: none yet.
    """
    whole_days = (now - due_at).days
    come = [days for days in reminder_days if days <= whole_days and (last is None or days > last)]
    return max(come, default=None)


def checked(terms: InvoicingTerms) -> InvoicingTerms:
    """Return terms whose texts are trimmed.

    Raises:
        Invalid: which fields break a rule.
    """
    issuer = Issuer(**{one.name: getattr(terms.issuer, one.name).strip() for one in fields(Issuer)})
    problems = dict(_problems(issuer, terms))
    if problems:
        raise Invalid(problems)
    return InvoicingTerms(
        issuer=issuer,
        payment_term_days=terms.payment_term_days,
        is_sent_at_once=terms.is_sent_at_once,
        reminder_days=terms.reminder_days,
        suspend_after_days=terms.suspend_after_days,
    )


def _problems(issuer: Issuer, terms: InvoicingTerms) -> Iterable[tuple[str, str]]:
    for name, value, length in (
        ("issuer_name", issuer.name, NAME_LENGTH_MAX),
        ("issuer_address", issuer.address, TEXT_LENGTH_MAX),
        ("tax_id", issuer.tax_id, NAME_LENGTH_MAX),
        ("payment_instructions", issuer.payment_instructions, TEXT_LENGTH_MAX),
    ):
        if len(value) > length:
            yield name, f"At most {length} characters"
    if not issuer.name:
        yield "issuer_name", "Give the name that stands on invoices"
    if not 0 <= terms.payment_term_days <= DAYS_MAX:
        yield "payment_term_days", f"0 to {DAYS_MAX} days"
    rising = sorted(set(terms.reminder_days))
    if list(terms.reminder_days) != rising or any(not 1 <= one <= DAYS_MAX for one in rising):
        yield "reminder_days", f"Rising days from 1 to {DAYS_MAX}, such as 3, 10, 20"
    after = terms.suspend_after_days
    if after is not None and not 1 <= after <= DAYS_MAX:
        yield "suspend_after_days", f"1 to {DAYS_MAX} days, or nothing for never"


def differences(before: InvoicingTerms, after: InvoicingTerms) -> tuple[str, ...]:
    """Return what an amendment changes, a sentence each."""
    told = (_told(before), _told(after))
    return tuple(
        f"{name}: {told[0][name] or 'nothing'} became {value or 'nothing'}"
        for name, value in told[1].items()
        if told[0][name] != value
    )


def _told(terms: InvoicingTerms) -> dict[str, Any]:
    return {
        **{one.name: getattr(terms.issuer, one.name) for one in fields(Issuer)},
        "payment term": f"{terms.payment_term_days} days",
        "sending at once": "yes" if terms.is_sent_at_once else "no",
        "reminders after": ", ".join(str(days) for days in terms.reminder_days),
        "suspension after": terms.suspend_after_days and f"{terms.suspend_after_days} days",
    }
