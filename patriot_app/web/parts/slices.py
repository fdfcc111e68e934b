"""Orders in slices, and what a signal does to the price, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.slices import ImpactLine, SliceLine, SliceProgress
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts.prices import basis_points, shown_price


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One slice of an order."""

    id: str
    number: str
    state: str
    progress: str
    price: str
    note: str
    at: Moment = field(default_factory=Moment)


def slice_row(line: SliceLine, *, of: int, now: datetime) -> SliceRow:
    """Show one slice."""
    filled, wanted = format.exact(line.filled_quantity), format.exact(line.quantity)
    return SliceRow(
        id=str(line.id),
        number=f"{line.number} of {of}",
        state=line.state.value,
        progress=f"{filled} / {wanted}",
        price=shown_price(line.average_price),
        note=line.why,
        at=format.moment(line.starts_at, now=now),
    )


def progress_text(progress: SliceProgress | None) -> str:
    """Say "3 of 6 slices", and what became of the others."""
    if progress is None:
        return ""
    words = f"{progress.sent} of {progress.slices} slices"
    if progress.given_up:
        words += f", {progress.given_up} given up"
    return words


def impact_text(lines: Sequence[ImpactLine]) -> str:
    """Say what a signal's orders would have done to each exchange's price, and what was done."""
    return "; ".join(_impact(line) for line in lines) or "Not estimated"


def _impact(line: ImpactLine) -> str:
    where = f"{line.exchange.capitalize()} {line.mode}"
    limit = basis_points(line.impact_bps_max)
    if line.impact_bps is None and line.slices == 1:
        return f"{where}: unknown, sent at once ({line.reason})"
    impact = line.reason.lower() if line.impact_bps is None else basis_points(line.impact_bps)
    if line.slices == 1:
        return f"{where}: {impact}, within {limit}"
    return f"{where}: {impact} at once, so up to {line.slices} slices within {limit} each"
