"""What clients ask of a Bybit account beside its trading: settings by contract, limits, nothing lent.

Source: https://bybit-exchange.github.io/docs/v5/position/batch-lvg and its neighbours
"""

from __future__ import annotations

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.limits import ORDER_LIMIT
from daemon.paper_exchange.bybit.order_entry import Body, require_linear
from daemon.paper_exchange.bybit.wire import POSITION_INDEX, SIDES, Json
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import PositionSide, Side


class AccountFacts:
    """Answers rarely asked questions about an account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def symbol_info(self, account: Account, params: Body) -> Json:
        """Answer position/symbol-info: the leverage of a contract, or of all."""
        require_linear(params)
        symbol = str(params.get("symbol") or "")
        names = [self._engine.market(symbol).spec.symbol] if symbol else self._engine.instruments
        sides = (
            (PositionSide.LONG, PositionSide.SHORT) if account.hedge_mode else (PositionSide.BOTH,)
        )
        rows = [
            {
                "symbol": name,
                "leverage": str(account.leverage_of(name)),
                "side": _side_word(account, name, side),
                "positionIdx": POSITION_INDEX[side],
            }
            for name in names
            for side in sides
        ]
        return {"category": "linear", "list": rows}

    def request_limits(self, account: Account, params: Body) -> Json:
        """Answer apilimit/query: orders a second."""
        row = {"uids": str(account.uid), "bizType": "DERIVATIVES", "rate": ORDER_LIMIT}
        return {"list": [row]}

    def wallets(self, account: Account, params: Body) -> Json:
        """Answer user/get-member-type: which wallets there are."""
        return {"accounts": [{"uid": str(account.uid), "accountType": ["UNIFIED", "FUND"]}]}

    def nothing(self, account: Account, params: Body) -> Json:
        """Answer a list of what never happens here: loans, options, moved positions."""
        return {"nextPageCursor": "", "list": []}

    def no_greeks(self, account: Account, params: Body) -> Json:
        """Answer asset/coin-greeks: there are no options."""
        return {"list": []}


def _side_word(account: Account, symbol: str, side: PositionSide) -> str:
    """Return the side of a position; in hedge mode it is given, else that of what is held."""
    if side is not PositionSide.BOTH:
        return SIDES[Side.BUY if side is PositionSide.LONG else Side.SELL]
    held = account.quantity_of(symbol)
    return SIDES[Side.BUY if held > 0 else Side.SELL] if held else ""
