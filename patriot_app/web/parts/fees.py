"""Fee accruals as text: the measure M, the mark H, base, rate and fee so far."""

from dataclasses import dataclass, field

from patriot_app.core.domain.mandates import Terms
from patriot_app.core.queries.billing import FeeAccrual
from patriot_app.web import format
from patriot_app.web.format import Figure
from patriot_app.web.parts.terms import MEASURES
from patriot_app.web.theme import Tone

KINDS: dict[str, tuple[Tone, str]] = {
    "billable": ("positive", "Billable"),
    "proforma": ("info", "Pro forma"),
    "waits": ("warning", "Would wait"),
    "none": ("neutral", "No rate"),
}


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One step from the booked profit to the fee."""

    id: str
    label: str
    note: str
    amount: Figure


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One mandate's accrual.

    Attributes:
        kind: "billable", "proforma" (an account is not live), "waits" (a close would be held
            back) or "none".
    """

    id: str = ""
    name: str = ""
    client_id: str = ""
    client: str = ""
    kind: str = ""
    period: str = ""
    measure: str = ""
    net_profit: Figure = field(default_factory=Figure)
    mark: Figure = field(default_factory=Figure)
    base: Figure = field(default_factory=Figure)
    rate: Figure = field(default_factory=Figure)
    fee: Figure = field(default_factory=Figure)
    warnings: list[str] = field(default_factory=list)
    warned: str = ""
    lines: list[FeeLine] = field(default_factory=list)


def fee_row(one: FeeAccrual) -> FeeRow:
    """Show one accrual; times are the market's."""
    figures = one.accrual
    return FeeRow(
        id=str(one.mandate_id),
        name=one.name,
        client_id=str(one.client_id),
        client=one.client,
        kind=_kind(one),
        period=f"{one.period.start:%Y-%m-%d} to {one.period.end:%Y-%m-%d}",
        measure=MEASURES[one.terms.measure.value] if one.terms else "",
        net_profit=format.profit(figures.net_profit if figures else None, unit=one.currency),
        mark=format.money(figures.high_water_mark if figures else None, unit=one.currency),
        base=format.money(figures.base if figures else None, unit=one.currency),
        rate=format.rate(figures.rate if figures else None),
        fee=format.money(figures.fee if figures else None, unit=one.currency),
        warnings=list(one.warnings),
        warned=format.plural(len(one.warnings), "warning") if one.warnings else "",
        lines=_lines(one),
    )


def _lines(one: FeeAccrual) -> list[FeeLine]:
    figures, unit = one.accrual, one.currency
    booked = format.profit(one.performance, unit=unit)
    flows = format.profit(one.external_flows, unit=unit)
    open_note = f"Open now: {format.profit(one.unrealised_pnl).text} {unit}"
    lines = [FeeLine("booked", "Booked since the start", "Profit, funding, commission", booked)]
    if figures is not None:
        counted = figures.net_profit - one.performance
        lines += [
            FeeLine(
                "open", "Open profit that counts", open_note, format.profit(counted, unit=unit)
            ),
            FeeLine("m", "Net profit M", "", format.profit(figures.net_profit, unit=unit)),
            FeeLine("h", "High-water mark H", "", format.money(figures.high_water_mark, unit=unit)),
            FeeLine("base", "Base", _base_note(one.terms), format.money(figures.base, unit=unit)),
            FeeLine("rate", "Rate", "", format.rate(figures.rate)),
            FeeLine(
                "fee",
                "Fee so far",
                "Rounded down to the cent",
                format.money(figures.fee, unit=unit),
            ),
        ]
    return [*lines, FeeLine("flows", "Deposits less withdrawals", "Never counted", flows)]


def _base_note(terms: Terms | None) -> str:
    """Say what the base is, and what part of it is free."""
    if terms is None or not terms.hurdle:
        return "M above H"
    return f"M above H, less {format.money(terms.hurdle).text} that is free"


def _kind(one: FeeAccrual) -> str:
    if one.accrual is None:
        return "none"
    if not one.is_billable:
        return "proforma"
    return "waits" if one.warnings else "billable"
