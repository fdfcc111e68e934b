"""What a client is told of an invoice or a month: facts that become messages with a link."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.events import InvoiceReminded, InvoiceSent, MonthWithoutFeeTold

PAGE = "/portfolio/statements"


def link_to_month(public_url: str, period_id: UUID) -> str:
    """Return the address of a month in the client's own area; he signs in to read it."""
    return f"{public_url.rstrip('/')}{PAGE}?id={period_id}"


def sent(
    *,
    client_id: UUID,
    invoice_id: UUID,
    number: str,
    amount: Decimal,
    currency: str,
    month: str,
    due_at: datetime,
    link: str,
) -> InvoiceSent:
    """Return the fact that an invoice goes to its client."""
    return InvoiceSent(
        client_id=client_id,
        subject=invoice_id,
        number=number,
        amount=amount,
        currency=currency,
        month=month,
        due_on=_day(due_at),
        link=link,
    )


def reminded(
    *,
    client_id: UUID,
    invoice_id: UUID,
    number: str,
    outstanding: Decimal,
    currency: str,
    due_at: datetime,
    days: int,
    link: str,
) -> InvoiceReminded:
    """Return the fact that a client is reminded of what he owes."""
    return InvoiceReminded(
        client_id=client_id,
        subject=invoice_id,
        number=number,
        outstanding=outstanding,
        currency=currency,
        due_on=_day(due_at),
        days=days,
        link=link,
    )


def told(*, client_id: UUID, period_id: UUID, month: str, link: str) -> MonthWithoutFeeTold:
    """Return the fact that a client hears of a month without a fee."""
    return MonthWithoutFeeTold(client_id=client_id, subject=period_id, month=month, link=link)


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
