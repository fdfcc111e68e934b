"""Stress tests as text, the form of one's own shocks, and CSV of what they would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pydantic

from patriot_app.core.domain.stress import StressKind, StressResult
from patriot_app.core.queries.risk_watch import StressView
from patriot_app.web import format
from patriot_app.web.format import Figure
from patriot_app.web.table_export import cells_as_csv

LABELS = {
    StressKind.MARKET_CRASH: "Market crash",
    StressKind.VOLATILITY_SPIKE: "Volatility spike",
    StressKind.CORRELATION_BREAKDOWN: "Correlation breakdown",
}
PER_CENT = frozenset({StressKind.MARKET_CRASH, StressKind.CORRELATION_BREAKDOWN})
Run = tuple[Mapping[StressKind, Decimal], StressResult]


@dataclass(frozen=True, slots=True)
class StressRow:
    """One shock, or several at once."""

    id: str
    label: str
    shock: str
    loss: Figure
    positions: str
    survival: str


class StressForm(pydantic.BaseModel):
    """One's own shocks; an empty one is left out. Per cent, a volatility spike in deviations."""

    market_crash: Decimal | None = None
    volatility_spike: Decimal | None = None
    correlation_breakdown: Decimal | None = None

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        text = "" if value is None else str(value).strip().removesuffix("%").strip()
        return text.replace(format.MINUS, "-") or None

    def shocks(self) -> dict[StressKind, Decimal]:
        """Return what was given, fractions as such."""
        given = {kind: getattr(self, kind.value) for kind in StressKind}
        return {
            kind: value / 100 if kind in PER_CENT else value
            for kind, value in given.items()
            if value is not None
        }


def stress_row(one: StressView) -> StressRow:
    """Show what a stated shock would do."""
    label = f"{LABELS[one.kind]}, {one.severity.value}"
    return _row(f"{one.kind.value}-{one.severity.value}", label, {one.kind: one.shock}, one.result)


def own_row(run: Run) -> StressRow:
    """Show what one's own shocks would do."""
    shocks, result = run
    label = "All at once" if len(shocks) > 1 else LABELS[next(iter(shocks))]
    return _row("-".join(kind.value for kind in shocks), label, shocks, result)


def shocks_text(shocks: Mapping[StressKind, Decimal]) -> str:
    """Say which shocks."""
    return ", ".join(_in_words(kind, shock) for kind, shock in shocks.items())


def stress_csv(stated: Sequence[StressView], own: Sequence[Run]) -> str:
    """Return what each shock would do, one's own behind the stated ones."""
    runs = [(one.severity.value, {one.kind: one.shock}, one.result) for one in stated]
    runs += [("own", dict(shocks), result) for shocks, result in own]
    return cells_as_csv(
        [
            *("severity", *(kind.value for kind in StressKind)),
            *("loss", "positions", "accounts", "survivors", "unknown"),
        ],
        [
            [
                *(severity, *(shocks.get(kind) for kind in StressKind)),
                *(result.loss, result.positions, result.accounts, result.survivors),
                " ".join(result.unknown),
            ]
            for severity, shocks, result in runs
        ],
    )


def _row(
    key: str, label: str, shocks: Mapping[StressKind, Decimal], result: StressResult
) -> StressRow:
    left_out = f"; no volatility known of {format.joined(result.unknown)}" if result.unknown else ""
    return StressRow(
        id=key,
        label=label,
        shock=f"{shocks_text(shocks)}{left_out}",
        loss=format.money(result.loss),
        positions=format.count(result.positions),
        survival=f"{result.survivors} of {result.accounts} accounts · {result.survival_share:.0%}",
    )


def _in_words(kind: StressKind, shock: Decimal) -> str:
    if kind is StressKind.VOLATILITY_SPIKE:
        return f"{format.exact(shock)} daily deviations against each"
    share = f"{format.exact(abs(shock) * 100)} %"
    if kind is StressKind.MARKET_CRASH:
        return f"prices {'fall' if shock > 0 else 'rise'} by {share}"
    return f"{share} against each, hedges too"
