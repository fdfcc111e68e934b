"""Bybit's figures about the whole market: insurance pools, long and short accounts, ADL.

The paper exchange knows its own accounts only, so these are figures about them.
Source: https://bybit-exchange.github.io/docs/v5/market/insurance and its neighbours
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.market_data import MarketData, Params
from daemon.paper_exchange.bybit.wire import Json, text
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.state import ASSET

RATIO_PERIODS: Final = frozenset({"5min", "15min", "30min", "1h", "4h", "1d"})
_EVEN: Final = Decimal("0.5")
_DIGITS: Final = Decimal("0.0001")


class Statistics:
    """Answers the endpoints that sum over accounts."""

    def __init__(self, engine: Engine, data: MarketData) -> None:
        self._engine = engine
        self._data = data

    def insurance(self, params: Params) -> Json:
        """Answer market/insurance: one pool for all contracts."""
        coin = params.get("coin") or ASSET
        row = {
            "coin": ASSET,
            "symbols": ",".join(self._engine.instruments),
            "balance": text(self._pool()),
            "value": text(self._pool()),
        }
        rows = [row] if coin.upper() == ASSET else []
        return {"updatedTime": str(self._engine.time_ms), "list": rows}

    def account_ratio(self, params: Params) -> Json:
        """Answer market/account-ratio: the present ratio only, no history is kept."""
        market = self._data.one(params)
        if params.get("period") not in RATIO_PERIODS:
            raise parameter_error("params error: Period Invalid")
        symbol = market.spec.symbol
        quantities = [
            position.quantity
            for account in self._engine.state.holders_of(symbol)
            for position in account.positions_in(symbol)
        ]
        longs = sum(quantity > 0 for quantity in quantities)
        share = (Decimal(longs) / len(quantities)) if quantities else _EVEN
        buy = share.quantize(_DIGITS)
        row = {
            "symbol": symbol,
            "buyRatio": text(buy),
            "sellRatio": text(1 - buy),
            "timestamp": str(market.time_ms),
        }
        return {"list": [row], "nextPageCursor": ""}

    def adl_alert(self, params: Params) -> Json:
        """Answer market/adlAlert: positions are deleveraged once the pool cannot pay a loss."""
        wanted = params.get("symbol")
        names = [name for name in self._engine.instruments if wanted in (None, "", name)]
        rows = [
            {
                "coin": ASSET,
                "symbol": name,
                "balance": text(self._pool()),
                "maxBalance": text(max(self._engine.state.house.insurance_capital, self._pool())),
                "insurancePnlRatio": "-0.3",
                "pnlRatio": "0",
                "adlTriggerThreshold": "10000",
                "adlStopRatio": "-0.25",
            }
            for name in names
        ]
        return {"updatedTime": str(self._engine.time_ms), "list": rows}

    def _pool(self) -> Decimal:
        return self._engine.state.house.insurance_fund
