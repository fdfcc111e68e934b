"""MARGIN_CALL: positions that are near their liquidation, told once until they are safe again.

The exchange does not say at which ratio it warns; here it is when four fifths of the margin are
needed to keep the position open.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.margin import AccountMargin, SymbolMargin, measure_account
from daemon.paper_exchange.state import ExchangeState

RATIO: Final = Decimal("0.8")


class MarginCalls:
    """Remembers who was warned."""

    def __init__(self) -> None:
        self._warned: dict[str, set[str]] = {}

    def check(self, state: ExchangeState, account: Account, now_ms: int) -> dict[str, Any] | None:
        """Return the event of positions that have come near their liquidation, or None."""
        if not any(position.quantity for position in account.positions.values()):
            self._warned.pop(account.api_key, None)
            return None
        margin = measure_account(state, account)
        near = {key for key, own in margin.symbols.items() if _is_near(own, margin)}
        new = near - self._warned.get(account.api_key, set())
        self._warned[account.api_key] = near
        if not new:
            return None
        return _frame(state, account, [margin.symbols[key] for key in sorted(new)], now_ms)


def _is_near(own: SymbolMargin, margin: AccountMargin) -> bool:
    if not own.maintenance:
        return False
    if own.is_isolated:
        return own.maintenance >= (own.isolated_wallet + own.unrealised_pnl) * RATIO
    balance = margin.cross_wallet + margin.cross_unrealised_pnl
    return margin.cross_maintenance >= balance * RATIO


def _frame(
    state: ExchangeState, account: Account, positions: list[SymbolMargin], now_ms: int
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for own in positions:
        market = state.markets[own.symbol]
        rows.append(
            {
                "s": own.symbol,
                "ps": own.position_side,
                "pa": plain(
                    account.quantity_of(own.symbol, own.position_side),
                    market.spec.quantity_precision,
                ),
                "mt": "ISOLATED" if own.is_isolated else "CROSSED",
                "iw": money(own.isolated_wallet) if own.is_isolated else "0",
                "mp": money(market.mark_price),
                "up": money(own.unrealised_pnl),
                "mm": money(own.maintenance),
            }
        )
    frame: dict[str, Any] = {"e": "MARGIN_CALL", "E": now_ms, "p": rows}
    if any(not own.is_isolated for own in positions):
        frame["cw"] = money(account.cross_wallet)
    return frame
