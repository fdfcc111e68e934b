"""What accounts hold of each contract, and how contracts move together, as coloured tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.queries.risk_watch import Held
from patriot_app.web import format
from patriot_app.web.kit import Heat, HeatCell, HeatRow, heat_of

ACCOUNTS_SHOWN, CONTRACTS_SHOWN = 30, 10
"""The largest by exposure; the CSV holds all."""
CORRELATION_STEPS = (Decimal("0.30"), Decimal("0.50"), Decimal("0.65"), Decimal("0.80"))
_DESK, _OTHERS = "All accounts", "Others"
_ZERO = Decimal(0)


@dataclass(slots=True)
class _Holder:
    """An account, or all of them; `held` in USDT by contract, None where a price is not known."""

    id: str
    label: str
    equity: Decimal | None
    held: dict[str, Decimal | None] = field(default_factory=dict)

    @property
    def gross(self) -> Decimal:
        return sum((abs(one) for one in self.held.values() if one is not None), _ZERO)


def exposure_heat(held: Sequence[Held]) -> Heat:
    """Return the largest accounts by the largest contracts, the whole desk on top.

    The colour goes by the share of the account's equity. The desk's line is net; what further
    contracts hold is added up without sign.
    """
    holders = _holders(held)
    if not holders:
        return Heat()
    gross: dict[str, Decimal] = defaultdict(Decimal)
    for one in holders:
        for symbol, notional in one.held.items():
            gross[symbol] += abs(notional or _ZERO)
    symbols = sorted(gross, key=lambda symbol: (-gross[symbol], symbol))
    shown, others = symbols[:CONTRACTS_SHOWN], symbols[CONTRACTS_SHOWN:]
    return Heat(
        columns=[*shown, *([_OTHERS] if others else [])],
        rows=[
            HeatRow(
                id=one.id,
                label=one.label,
                note=f"equity {format.money(one.equity, places=0).text}",
                cells=[
                    *(_held_cell(one, symbol) for symbol in shown),
                    *([_others_cell(one, others)] if others else []),
                ],
            )
            for one in (_desk(holders), *holders[:ACCOUNTS_SHOWN])
        ],
    )


def correlation_heat(book: Mapping[str, Any] | None) -> Heat:
    """Return how the prices of what an account holds move together; empty below two contracts."""
    symbols = [] if book is None else [one["symbol"] for one in book["components"]]
    if book is None or len(symbols) < 2:
        return Heat()
    return Heat(
        columns=symbols,
        rows=[
            HeatRow(
                label=symbol,
                cells=[
                    HeatCell(
                        text=format.money(Decimal(value)).text,
                        heat=""
                        if one == other
                        else heat_of(Decimal(value), steps=CORRELATION_STEPS),
                    )
                    for other, value in enumerate(book["correlation"][one])
                ],
            )
            for one, symbol in enumerate(symbols)
        ],
    )


def _holders(held: Sequence[Held]) -> list[_Holder]:
    """Return the accounts, those with the largest exposure first."""
    found: dict[UUID, _Holder] = {}
    for one in held:
        label = f"{one.client} · {one.account}"
        holder = found.setdefault(one.account_id, _Holder(str(one.account_id), label, one.equity))
        holder.held[one.symbol] = one.notional
    return sorted(found.values(), key=lambda one: (-one.gross, one.id))


def _desk(holders: Sequence[_Holder]) -> _Holder:
    equities = [one.equity for one in holders if one.equity is not None]
    whole = _Holder("", _DESK, sum(equities, _ZERO) if equities else None)
    for one in holders:
        for symbol, notional in one.held.items():
            whole.held[symbol] = (whole.held.get(symbol) or _ZERO) + (notional or _ZERO)
    return whole


def _held_cell(one: _Holder, symbol: str) -> HeatCell:
    if symbol not in one.held:
        return HeatCell()
    return _cell(one.held[symbol], one.equity)


def _others_cell(one: _Holder, others: Sequence[str]) -> HeatCell:
    gross = sum((abs(one.held.get(symbol) or _ZERO) for symbol in others), _ZERO)
    return _cell(gross, one.equity) if gross else HeatCell()


def _cell(notional: Decimal | None, equity: Decimal | None) -> HeatCell:
    """Show USDT over the share of the equity; without equity above zero anything is the most."""
    if notional is None:
        return HeatCell(text=format.EMPTY, note="no price")
    text = format.money(notional, places=0).text
    if equity is None:
        return HeatCell(text=text)
    if equity <= 0:
        return HeatCell(text=text, note="no equity", heat=heat_of(Decimal(1).copy_sign(notional)))
    share = notional / equity
    return HeatCell(text=text, note=f"{format.rate(share, places=0).text} %", heat=heat_of(share))
