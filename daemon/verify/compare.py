"""Compare two sides of one account; every difference is named."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from daemon.verify.facts import Side


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that does not tie."""

    kind: str
    key: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result for one account.

    Attributes:
        counts: rows compared per kind.
        behind: ledger rows of the exchange that are younger than our watermark.
    """

    account: str
    counts: dict[str, int]
    behind: int
    differences: tuple[Difference, ...]


def compare(account: str, ours: Side, theirs: Side, *, ledger_until_ms: int) -> Comparison:
    """Compare orders, fills, positions, ledger and wallet, each to the last digit.

    Args:
        ledger_until_ms: market time up to which our ledger is complete; younger rows of theirs are
            counted as behind and added to our wallet, so that both speak of the same moment.
    """
    due = {k: v for k, v in theirs.ledger.items() if v.occurred_ms < ledger_until_ms}
    young = {k: v for k, v in theirs.ledger.items() if k not in due and k not in ours.ledger}
    known = {k: v for k, v in theirs.ledger.items() if k not in young}
    behind = sum((row.amount for row in young.values()), Decimal(0))
    differences = [
        *_rows("order", ours.orders, theirs.orders),
        *_rows("fill", ours.trades, theirs.trades),
        *_rows("position", ours.positions, theirs.positions),
        *_rows("ledger", ours.ledger, known),
    ]
    if ours.wallet + behind != theirs.wallet:
        differences.append(
            Difference("wallet", "USDT", _text(ours.wallet + behind), _text(theirs.wallet))
        )
    return Comparison(
        account=account,
        counts={
            "orders": len(theirs.orders),
            "fills": len(theirs.trades),
            "positions": len(theirs.positions),
            "ledger": len(known),
        },
        behind=len(young),
        differences=tuple(differences),
    )


def _rows(kind: str, ours: dict[Any, Any], theirs: dict[Any, Any]) -> Iterable[Difference]:
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        mine, other = ours.get(key), theirs.get(key)
        if mine != other:
            yield Difference(kind, _key(key), *_show(mine, other))


def _show(mine: Any, other: Any) -> tuple[str, str]:
    """Show only the fields that differ."""
    if mine is None or other is None or isinstance(mine, Decimal):
        return _text(mine), _text(other)
    names = [f.name for f in fields(mine) if getattr(mine, f.name) != getattr(other, f.name)]
    return (
        ", ".join(f"{name}={_text(getattr(mine, name))}" for name in names),
        ", ".join(f"{name}={_text(getattr(other, name))}" for name in names),
    )


def _text(value: Any) -> str:
    if value is None:
        return "missing"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _key(key: Any) -> str:
    return "/".join(part for part in key if part) if isinstance(key, tuple) else str(key)
