"""What is printed on an invoice: frozen when it is issued, so that it prints the same for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.fee_evidence import plain
from patriot_app.core.domain.statement_steps import FeeFigures


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who bills and how he is paid; texts of several lines are kept as they were typed."""

    name: str = ""
    address: str = ""
    tax_id: str = ""
    payment_instructions: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """All that an invoice says beside its number, amount and dates.

    Attributes:
        recipient: the client's name when it was issued.
        starts_at, ends_at: of the month, market time; `time_zone` counts its days.
    """

    issuer: Issuer
    recipient: str
    mandate: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    fee: FeeFigures


_FIGURES = (
    "net_profit",
    "high_water_mark_before",
    "base",
    "rate",
    "fee",
    "high_water_mark_after",
)


def frozen(document: InvoiceDocument) -> dict[str, Any]:
    """Return a document as JSON-safe values, every digit kept."""
    issuer = document.issuer
    return {
        "issuer": {
            "name": issuer.name,
            "address": issuer.address,
            "tax_id": issuer.tax_id,
            "payment_instructions": issuer.payment_instructions,
        },
        "recipient": {"name": document.recipient},
        "mandate": document.mandate,
        "time_zone": document.time_zone,
        "starts_at": plain(document.starts_at),
        "ends_at": plain(document.ends_at),
        **{name: plain(getattr(document.fee, name)) for name in _FIGURES},
    }


def thawed(kept: Mapping[str, Any]) -> InvoiceDocument:
    """Return a document from what was kept of it."""
    figures = {name: None if kept[name] is None else Decimal(kept[name]) for name in _FIGURES}
    return InvoiceDocument(
        issuer=Issuer(**kept["issuer"]),
        recipient=kept["recipient"]["name"],
        mandate=kept["mandate"],
        time_zone=kept["time_zone"],
        starts_at=datetime.fromisoformat(kept["starts_at"]),
        ends_at=datetime.fromisoformat(kept["ends_at"]),
        fee=FeeFigures(**figures),
    )
