"""Partners' shares as text."""

from dataclasses import dataclass, field

from patriot_app.core.queries.fee_shares import FeeShareView
from patriot_app.web import format
from patriot_app.web.format import Figure


@dataclass(frozen=True, slots=True)
class Choice:
    """A mandate to choose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One share of one mandate's fees."""

    id: str = ""
    partner: str = ""
    client: str = ""
    mandate: str = ""
    months: str = ""
    rate: Figure = field(default_factory=Figure)
    credited: Figure = field(default_factory=Figure)


def share_row(one: FeeShareView) -> ShareRow:
    """Show one share."""
    until = f"to {one.last_month:%B %Y}" if one.last_month else "on"
    return ShareRow(
        id=str(one.id),
        partner=one.partner,
        client=one.client,
        mandate=one.mandate,
        months=f"{one.first_month:%B %Y} {until}",
        rate=format.rate(one.rate),
        credited=format.money(one.credited, unit=one.currency),
    )
