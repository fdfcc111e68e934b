"""Revenue as text."""

from dataclasses import dataclass, field
from datetime import date

from patriot_app.core.queries.revenue import Grouping, Revenue
from patriot_app.web import format, routes
from patriot_app.web.format import Figure


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """One month, strategy or client; `href` leads to what it is made of, or is empty."""

    id: str = ""
    name: str = ""
    href: str = ""
    accrued: Figure = field(default_factory=Figure)
    invoiced: Figure = field(default_factory=Figure)
    credited: Figure = field(default_factory=Figure)
    paid: Figure = field(default_factory=Figure)
    written_off: Figure = field(default_factory=Figure)
    outstanding: Figure = field(default_factory=Figure)
    shared: Figure = field(default_factory=Figure)


def revenue_row(one: Revenue, *, grouping: Grouping) -> RevenueRow:
    """Show one line of the report."""
    unit = one.currency
    return RevenueRow(
        id=f"{one.key}|{unit}",
        name=_month(one.name) if grouping is Grouping.MONTH else one.name,
        href=_href(one, grouping),
        accrued=format.money(one.accrued, unit=unit),
        invoiced=format.money(one.invoiced, unit=unit),
        credited=format.money(one.credited, unit=unit),
        paid=format.money(one.paid, unit=unit),
        written_off=format.money(one.written_off, unit=unit),
        outstanding=format.money(one.outstanding, unit=unit),
        shared=format.money(one.shared, unit=unit),
    )


def _month(name: str) -> str:
    return f"{date.fromisoformat(f'{name}-01'):%B %Y}"


def _href(one: Revenue, grouping: Grouping) -> str:
    match grouping:
        case Grouping.MONTH:
            return routes.with_query(routes.MONTHS, month=one.key)
        case Grouping.CLIENT:
            return routes.with_query(routes.INVOICES, client_id=one.key)
        case Grouping.STRATEGY:
            return ""
