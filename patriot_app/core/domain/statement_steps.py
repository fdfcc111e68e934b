"""The steps of a statement in their order and words: its page and its paper show these alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from patriot_app.core.domain import figures
from patriot_app.core.domain.boundary_values import ValueSource
from patriot_app.core.domain.statements import BridgeLine

LABELS = {
    BridgeLine.DEPOSITS: "Deposits",
    BridgeLine.WITHDRAWALS: "Withdrawals",
    BridgeLine.REALISED: "Realised profit",
    BridgeLine.FUNDING: "Funding",
    BridgeLine.COMMISSION: "Commission of the exchange",
    BridgeLine.IN_TRANSIT: "On its way between accounts",
    BridgeLine.OTHER: "Bonuses and other credits",
    BridgeLine.UNREALISED_CHANGE: "Change of open profit",
}
_VALUED_BY = {
    ValueSource.TRADES: "by its trades and the market's last minute",
    ValueSource.PERSON: "by decision of two persons",
}
_FLOWS = frozenset({BridgeLine.DEPOSITS, BridgeLine.WITHDRAWALS, BridgeLine.IN_TRANSIT})
"""Neither gain nor loss."""
_ALWAYS_SHOWN = frozenset({BridgeLine.DEPOSITS, BridgeLine.WITHDRAWALS, BridgeLine.REALISED})


class StepKind(StrEnum):
    """How an amount reads: as money, as a gain or loss with its sign, as a rate in per cent."""

    MONEY = "money"
    PROFIT = "profit"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a statement; a rate is a fraction, anything else is in its currency."""

    id: str
    label: str
    note: str
    amount: Decimal | None
    kind: StepKind = StepKind.MONEY

    @property
    def text(self) -> str:
        """The amount as it is written, without its unit."""
        if self.amount is None:
            return "—"
        match self.kind:
            case StepKind.MONEY:
                return figures.grouped(self.amount)
            case StepKind.PROFIT:
                return figures.signed(self.amount)
            case StepKind.RATE:
                return figures.per_cent(self.amount)


@dataclass(frozen=True, slots=True)
class FeeFigures:
    """What a fee comes from, in the mandate's currency; `rate` is a fraction."""

    net_profit: Decimal | None
    high_water_mark_before: Decimal | None
    base: Decimal | None
    rate: Decimal | None
    fee: Decimal | None
    high_water_mark_after: Decimal | None


def bridge_steps(statement: Mapping[str, Any]) -> list[Step]:
    """Return how one equity became the other; lines of nothing are left out.

    Args:
        statement: as a period was closed with it (`fee_evidence.statement`).
    """
    lines = {line: Decimal(statement["lines"][line.value]) for line in BridgeLine}
    return [
        Step("opening", "Opening equity", "", Decimal(statement["opening_equity"])),
        *(
            Step(
                line.value,
                label,
                "",
                lines[line],
                StepKind.MONEY if line in _FLOWS else StepKind.PROFIT,
            )
            for line, label in LABELS.items()
            if line in _ALWAYS_SHOWN or lines[line]
        ),
        Step("closing", "Closing equity", "", Decimal(statement["closing_equity"])),
    ]


def fee_steps(fee: FeeFigures) -> list[Step]:
    """Return how a fee comes about."""
    return [
        Step(
            "m",
            "Net profit M",
            "Since the mandate began, deposits and withdrawals left out",
            fee.net_profit,
            StepKind.PROFIT,
        ),
        Step(
            "h",
            "High-water mark H",
            "The highest M that was ever charged",
            fee.high_water_mark_before,
        ),
        Step("base", "Base", "M above H, less a hurdle where one was agreed", fee.base),
        Step("rate", "Rate", "", fee.rate, StepKind.RATE),
        Step("fee", "Fee", "Rounded down to the cent", fee.fee),
        Step(
            "after", "High-water mark after", "Once the month is final", fee.high_water_mark_after
        ),
    ]


def value_notes(statement: Mapping[str, Any]) -> list[str]:
    """Say of each account that nobody measured at the end how its open positions were valued."""
    return [
        f"{one['label']}: nobody measured its open positions at the end; they were valued at"
        f" {figures.signed(Decimal(one['unrealised_pnl']))} USDT"
        f" {_VALUED_BY[ValueSource(one['valued_by'])]}: {one['value_evidence']}"
        for one in statement["accounts"]
        if one.get("value_evidence")
    ]


def month_name(starts_at: datetime, ends_at: datetime, *, zone: str) -> str:
    """Return "May 2026" as the zone's calendar counts it."""
    return f"{(ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)):%B %Y}"


def days(starts_at: datetime, ends_at: datetime, *, zone: str) -> str:
    """Return the first and the last day of a period in its zone."""
    first = starts_at.astimezone(ZoneInfo(zone))
    last = (ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {zone}"
