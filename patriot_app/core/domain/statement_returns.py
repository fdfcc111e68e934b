"""Two ways to tell how a month went, and why they differ; for display, never the base of a fee.

The time-weighted return revalues the mandate at each deposit and withdrawal and chains what lies in
between, so that it weighs every stretch alike; the money profit counts each USDT.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from patriot_app.core.domain import figures
from patriot_app.core.domain.money import EXACT, exact_sum
from patriot_app.core.domain.performance import SubPeriod, time_weighted_return
from patriot_app.core.domain.statement_steps import Step, StepKind
from patriot_app.core.domain.statements import BridgeLine

_FLOWS = frozenset({BridgeLine.DEPOSITS, BridgeLine.WITHDRAWALS, BridgeLine.IN_TRANSIT})
_KEPT = Decimal("0.00000001")
"""A return is kept to a millionth of a per cent, half to even."""


def returns_of(
    lines: Mapping[BridgeLine, Decimal], stretches: Sequence[SubPeriod] | None
) -> dict[str, Any]:
    """Return what a statement keeps of both, JSON-safe.

    Args:
        lines: from opening to closing equity.
        stretches: between the flows, oldest first; None: equity was not known at one of them.
    """
    profit = exact_sum(amount for line, amount in lines.items() if line not in _FLOWS)
    gained = None if stretches is None else time_weighted_return(stretches)
    rounded = None if gained is None else gained.quantize(_KEPT, ROUND_HALF_EVEN, EXACT)
    return {
        "profit": f"{profit:f}",
        "time_weighted": None if rounded is None else f"{rounded:f}",
    }


def return_steps(statement: Mapping[str, Any]) -> list[Step]:
    """Return both figures side by side; none of a statement that was made without them."""
    told = statement.get("returns")
    if told is None:
        return []
    gained = told["time_weighted"]
    return [
        Step(
            "time_weighted",
            "Time-weighted return",
            "Every stretch between deposits and withdrawals weighs alike",
            None if gained is None else Decimal(gained),
            StepKind.RATE,
        ),
        Step(
            "profit",
            "Money profit",
            "Every USDT weighs alike; deposits and withdrawals left out",
            Decimal(told["profit"]),
            StepKind.PROFIT,
        ),
    ]


def why_they_differ(statement: Mapping[str, Any]) -> str:
    """Say in one sentence why the return and the profit may tell different things; "" without them."""
    told = statement.get("returns")
    if told is None:
        return ""
    profit = f"{figures.signed(Decimal(told['profit']))} USDT"
    opening = f"{figures.grouped(Decimal(statement['opening_equity']))} USDT"
    paid_in, paid_out = (
        Decimal(statement["lines"][line.value])
        for line in (BridgeLine.DEPOSITS, BridgeLine.WITHDRAWALS)
    )
    if told["time_weighted"] is None:
        return (
            f"The money profit is {profit}; a time-weighted return cannot be told, because the"
            " equity was nought or not measured when money moved in or out."
        )
    gained = Decimal(told["time_weighted"])
    rate = f"{figures.per_cent(gained)} %"
    if not paid_in and not paid_out:
        return (
            f"No money moved in or out, so both say the same: {profit} on an opening equity of"
            f" {opening} is {rate}."
        )
    moved = (
        f"deposits of {figures.grouped(paid_in)} USDT and withdrawals of"
        f" {figures.grouped(abs(paid_out))} USDT"
    )
    contrary = gained * Decimal(told["profit"]) < 0
    return (
        f"The time-weighted return of {rate} weighs every stretch of the month alike, however much"
        f" money was there; the money profit of {profit} was made with {opening} at first and"
        f" {moved} in between, so stretches with more money count for more in it"
        + (" and the two have opposite signs." if contrary else ".")
    )
