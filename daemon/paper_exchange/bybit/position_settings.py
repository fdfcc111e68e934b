"""How an account holds its positions: leverage, position mode, margin mode, risk limits.

Source: https://bybit-exchange.github.io/docs/v5/position/leverage and its neighbours
"""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.accounts import Account, MarginMode
from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error
from daemon.paper_exchange.bybit.holdings import CROSS, ISOLATED, PORTFOLIO
from daemon.paper_exchange.bybit.order_entry import (
    Body,
    amount,
    integer,
    position_side,
    require_linear,
)
from daemon.paper_exchange.bybit.positions import Positions
from daemon.paper_exchange.bybit.wire import Json, text
from daemon.paper_exchange.commands import AdjustMargin, SetHedgeMode, SetLeverage, SetMarginMode
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.refusals import Reason, Refused

MARGIN_MODES: Final = {CROSS: MarginMode.CROSS, ISOLATED: MarginMode.ISOLATED, PORTFOLIO: None}
HEDGE_MODES: Final = {0: False, 3: True}
_MODE_REASONS: Final = {
    Reason.MARGIN_MODE_HAS_ORDERS: ("3400088", "The account has open orders"),
    Reason.MARGIN_MODE_HAS_POSITION: ("3400089", "The account has open positions"),
}
_MARGIN_KEYS: Final = (
    "category",
    "symbol",
    "positionIdx",
    "riskId",
    "riskLimitValue",
    "size",
    "positionValue",
    "avgPrice",
    "liqPrice",
    "bustPrice",
    "markPrice",
    "leverage",
    "autoAddMargin",
    "positionStatus",
    "positionIM",
    "positionMM",
    "unrealisedPnl",
    "cumRealisedPnl",
    "stopLoss",
    "takeProfit",
    "trailingStop",
    "createdTime",
    "updatedTime",
)
STOP_MODES: Final = frozenset({"Full", "Partial"})


class PositionSettings:
    """Answers the endpoints that change how positions are held."""

    def __init__(self, engine: Engine, positions: Positions) -> None:
        self._engine = engine
        self._positions = positions

    def set_leverage(self, account: Account, body: Body) -> Json:
        """Answer position/set-leverage; both sides have one leverage."""
        require_linear(body)
        buy, sell = amount(body, "buyLeverage"), amount(body, "sellLeverage")
        if buy is None or sell is None:
            raise parameter_error("params error: leverage Invalid")
        if buy != sell:
            raise parameter_error("buy leverage invalid")
        if buy != buy.to_integral_value():
            raise parameter_error("params error: leverage is in whole steps here")
        symbol = str(body.get("symbol", ""))
        self._engine.submit(account, SetLeverage(symbol=symbol, leverage=int(buy)))
        return {}

    def switch_mode(self, account: Account, body: Body) -> Json:
        """Answer position/switch-mode for the whole account: 0 one-way, 3 hedge."""
        require_linear(body)
        mode = integer(body, "mode", -1)
        if mode not in HEDGE_MODES:
            raise parameter_error("params error: mode Invalid")
        if not body.get("symbol") and not body.get("coin"):
            raise parameter_error("params error: symbol or coin is required")
        self._engine.submit(account, SetHedgeMode(hedge_mode=HEDGE_MODES[mode]))
        return {}

    def set_margin_mode(self, account: Account, body: Body) -> Json:
        """Answer account/set-margin-mode for the whole account."""
        mode = body.get("setMarginMode")
        if mode not in MARGIN_MODES:
            raise parameter_error("params error: setMarginMode Invalid")
        wanted = MARGIN_MODES[mode]
        if wanted is None:
            raise _mode_refused("3400000", "Portfolio margin is not offered to this account")
        try:
            self._engine.submit(account, SetMarginMode(symbol="", margin_mode=wanted))
        except Refused as refused:
            if refused.reason not in _MODE_REASONS:
                raise
            raise _mode_refused(*_MODE_REASONS[refused.reason]) from None
        return {"reasons": []}

    def set_risk_limit(self, account: Account, body: Body) -> Json:
        """Answer position/set-risk-limit, which the exchange has long since taken over itself."""
        require_linear(body)
        spec = self._engine.market(str(body.get("symbol", ""))).spec
        tier = integer(body, "riskId", 0)
        if not 1 <= tier <= len(spec.brackets):
            raise BybitError(Code.RISK_LIMIT_MISSING)
        limit = text(spec.brackets[tier - 1].cap)
        return {"category": "linear", "riskId": tier, "riskLimitValue": limit}

    def set_stop_mode(self, account: Account, body: Body) -> Json:
        """Answer position/set-tpsl-mode: every stop has its own mode by now."""
        require_linear(body)
        mode = str(body.get("tpSlMode") or "")
        self._engine.market(str(body.get("symbol", "")))
        if mode not in STOP_MODES:
            raise parameter_error("params error: tpSlMode Invalid")
        return {"tpSlMode": mode}

    def switch_isolated(self, account: Account, body: Body) -> Json:
        """Answer position/switch-isolated, which a unified account does not have."""
        raise BybitError(Code.UNIFIED_FORBIDDEN)

    def confirm_maintenance_rate(self, account: Account, body: Body) -> Json:
        """Answer position/confirm-pending-mmr: no rate is ever pending here."""
        require_linear(body)
        self._engine.market(str(body.get("symbol", "")))
        return {}

    def set_auto_add_margin(self, account: Account, body: Body) -> Json:
        """Answer position/set-auto-add-margin."""
        require_linear(body)
        self._engine.market(str(body.get("symbol", "")))
        wanted = integer(body, "autoAddMargin", -1)
        if wanted not in (0, 1):
            raise parameter_error("params error: autoAddMargin Invalid")
        if not account.is_isolated(str(body.get("symbol", ""))):
            raise BybitError(Code.AUTO_ADD_NEEDS_ISOLATED)
        if wanted:
            raise parameter_error("params error: autoAddMargin is not offered here")
        raise BybitError(Code.MARGIN_UNCHANGED)

    def add_margin(self, account: Account, body: Body) -> Json:
        """Answer position/add-margin: positive adds, negative takes back."""
        require_linear(body)
        symbol, side = str(body.get("symbol", "")), position_side(body)
        word = str(body.get("margin", ""))
        sign = -1 if word.startswith("-") else 1
        value = amount({"margin": word.removeprefix("-")}, "margin")
        if not value:
            raise parameter_error("params error: margin Invalid")
        self._engine.submit(
            account, AdjustMargin(symbol=symbol, amount=sign * value, position_side=side)
        )
        position = account.position_of(symbol, side)
        assert position is not None
        row = {"category": "linear"} | self._positions.position_row(account, position)
        return {key: row[key] for key in _MARGIN_KEYS}


def _mode_refused(code: str, words: str) -> BybitError:
    """Build the refusal of a margin mode, which says why in its result."""
    reasons = [{"reasonCode": code, "reasonMsg": words}]
    return BybitError(Code.MARGIN_MODE, result={"reasons": reasons})
