"""How far each month is, as text."""

from dataclasses import dataclass, field

from patriot_app.core.queries.fee_periods import MonthProgress
from patriot_app.web import format
from patriot_app.web.format import Figure


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One month over all mandates."""

    id: str = ""
    summary: str = ""
    held: str = ""
    fees: Figure = field(default_factory=Figure)


def progress_row(one: MonthProgress) -> ProgressRow:
    """Show how far a month is."""
    parts = [
        format.plural(one.drafts, "draft") if one.drafts else "",
        f"{format.count(one.finalised)} final" if one.finalised else "",
        f"{format.count(one.empty)} without a fee" if one.empty else "",
    ]
    return ProgressRow(
        id=one.month,
        summary=", ".join(part for part in parts if part) or format.plural(one.mandates, "mandate"),
        held=f"{format.count(one.held)} held" if one.held else "",
        fees=format.money(one.fees),
    )
