"""An account's value at risk by position, and CSV of the measured tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.queries.risk_watch import (
    BreachRecord,
    BreachView,
    Held,
    MeasuredAccount,
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


def exposure_csv(held: Sequence[Held]) -> str:
    """Return accounts by contracts in USDT, negative for shorts, empty where nothing is held."""
    symbols = sorted({one.symbol for one in held})
    found: dict[tuple[str, str, Decimal | None, UUID], dict[str, Decimal | None]] = {}
    for one in held:
        key = (one.client, one.account, one.equity, one.account_id)
        found.setdefault(key, {})[one.symbol] = one.notional
    return cells_as_csv(
        ["client", "account", "equity", *symbols],
        [[*key[:3], *(row.get(symbol) for symbol in symbols)] for key, row in found.items()],
    )
