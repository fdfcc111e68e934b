"""An account's value at risk by position and its correlations, and CSV of the measured tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from patriot_app.core.queries.risk_watch import (
    BreachRecord,
    BreachView,
    Held,
    MeasuredAccount,
    StressView,
)
from patriot_app.web import format
from patriot_app.web.format import Figure
from patriot_app.web.table_export import cells_as_csv


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One position's part of the value at risk."""

    id: str
    notional: Figure
    component: Figure
    marginal: str
    volatility: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """How two contracts' prices move together."""

    id: str
    correlation: str


def component_rows(book: Mapping[str, Any] | None) -> list[ComponentRow]:
    """Show the parts of an account's parametric value at risk; none where it is not known."""
    return [
        ComponentRow(
            id=one["symbol"],
            notional=format.money(Decimal(one["notional"])),
            component=format.money(Decimal(one["component"])),
            marginal=f"{Decimal(one['marginal']):.4f}",
            volatility=f"{Decimal(one['volatility']):.2%}",
        )
        for one in ([] if book is None else book["components"])
    ]


def pair_rows(book: Mapping[str, Any] | None) -> list[PairRow]:
    """Show the correlations of what an account holds, each pair once."""
    if book is None:
        return []
    symbols = [one["symbol"] for one in book["components"]]
    matrix = book["correlation"]
    return [
        PairRow(f"{symbols[one]} · {symbols[two]}", f"{Decimal(matrix[one][two]):.2f}")
        for one, two in combinations(range(len(symbols)), 2)
    ]


def record_text(one: BreachRecord) -> str:
    """Say how often limits were breached, and how often falsely."""
    if one.violation_rate is None:
        return "Nothing was measured within 30 days."
    said = (
        f"Within 30 days {format.count(one.breaches)} breaches on {format.count(one.accounts)} of"
        f" {format.count(one.measured)} accounts ({one.violation_rate:.1%})"
    )
    if one.false_alarm_rate is None:
        return f"{said}."
    return f"{said}; {format.count(one.false_alarms)} false alarms ({one.false_alarm_rate:.1%})."


def breaches_csv(rows: Sequence[BreachView]) -> str:
    """Return breaches with exact figures, in the unit of their limits."""
    heads = (
        "opened_at,resolved_at,client,account,limit,severity,state,response,did,value,worst,"
        "limit_value,origin,acknowledged_by,note,is_false_alarm"
    )
    return cells_as_csv(
        heads.split(","),
        [
            [
                *(one.opened_at, one.resolved_at),
                *(one.client, one.account, one.name, one.severity, one.state, one.response),
                one.did,
                *(one.value, one.worst, one.limit),
                *(one.origin, one.acknowledged_by, one.note, one.is_false_alarm),
            ]
            for one in rows
        ],
    )


def measured_csv(rows: Sequence[MeasuredAccount]) -> str:
    """Return each account's figures by limit."""
    names = sorted({name for one in rows for name in one.figures})
    return cells_as_csv(
        ["measured_at", "client", "account", "score", "equity", "gross_notional", *names],
        [
            [
                *(one.measured_at, one.client, one.account, one.score),
                *(one.equity, one.gross_notional),
                *(one.figures.get(name, "") for name in names),
            ]
            for one in rows
        ],
    )


def stress_csv(rows: Sequence[StressView]) -> str:
    """Return what each shock would do."""
    return cells_as_csv(
        ["kind", "severity", "shock", "loss", "positions", "accounts", "survivors", "unknown"],
        [
            [
                *(one.kind.value, one.severity.value, one.shock, one.result.loss),
                *(one.result.positions, one.result.accounts),
                *(one.result.survivors, " ".join(one.result.unknown)),
            ]
            for one in rows
        ],
    )


def exposure_csv(held: Sequence[Held]) -> str:
    """Return accounts by contracts in USDT, negative for shorts, empty where nothing is held."""
    symbols = sorted({one.symbol for one in held})
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for one in held:
        found.setdefault((one.client, one.account), {})[one.symbol] = one.notional
    return cells_as_csv(
        ["client", "account", *symbols],
        [[*who, *(row.get(symbol) for symbol in symbols)] for who, row in found.items()],
    )
