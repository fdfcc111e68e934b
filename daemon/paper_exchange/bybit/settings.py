"""Account settings of Bybit that have no bearing on trading here, answered as a plain account has them.

Source: https://bybit-exchange.github.io/docs/v5/account/collateral-info and its neighbours
"""

from __future__ import annotations

from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.disconnect import Disconnects
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.order_entry import Body, integer
from daemon.paper_exchange.bybit.wire import Json
from daemon.paper_exchange.state import ASSET

SWITCHES: Final = frozenset({"ON", "OFF"})
WINDOW_LEAST_S: Final = 3
WINDOW_MOST_S: Final = 300


class Settings:
    """Answers the settings of an account."""

    def __init__(self, disconnects: Disconnects) -> None:
        self._disconnects = disconnects

    def collateral(self, account: Account, params: Body) -> Json:
        """Answer account/collateral-info: USDT counts in full and nothing is lent."""
        row = {
            "availableToBorrow": "0",
            "freeBorrowingAmount": "",
            "freeBorrowAmount": "0",
            "maxBorrowingAmount": "0",
            "hourlyBorrowRate": "0",
            "borrowUsageRate": "0",
            "collateralSwitch": True,
            "borrowAmount": "0",
            "borrowable": False,
            "currency": ASSET,
            "otherBorrowAmount": "0",
            "marginCollateral": True,
            "freeBorrowingLimit": "0",
            "collateralRatio": "1",
        }
        return {"list": [row] if params.get("currency") in (None, "", ASSET) else []}

    def set_collateral(self, account: Account, body: Body) -> Json:
        """Answer account/set-collateral-switch: USDT is always collateral."""
        if body.get("collateralSwitch") not in SWITCHES or not body.get("coin"):
            raise parameter_error("params error: collateralSwitch Invalid")
        return {}

    def set_spot_hedging(self, account: Account, body: Body) -> Json:
        """Answer account/set-hedging-mode: spot holdings as a hedge, of which there are none."""
        if body.get("setHedgingMode") not in SWITCHES:
            raise parameter_error("params error: setHedgingMode Invalid")
        return {}

    def self_match_group(self, account: Account, params: Body) -> Json:
        """Answer account/smp-group."""
        return {"smpGroup": 0}

    def user_settings(self, account: Account, params: Body) -> Json:
        """Answer account/user-setting-config."""
        return {"lpaSpot": False, "lpaPerp": False, "smsef": False, "fmsef": False}

    def set_disconnect(self, account: Account, body: Body) -> Json:
        """Answer order/disconnected-cancel-all: cancel orders when the private stream is lost."""
        window_s = integer(body, "timeWindow", 0)
        if not WINDOW_LEAST_S <= window_s <= WINDOW_MOST_S:
            raise parameter_error("params error: timeWindow Invalid")
        if str(body.get("product") or "OPTIONS") == "DERIVATIVES":
            self._disconnects.arm(account, window_s=window_s)
        return {}

    def disconnect(self, account: Account, params: Body) -> Json:
        """Answer account/query-dcp-info."""
        window_s = self._disconnects.window_s(account)
        if not window_s:
            return {"dcpInfos": []}
        row = {"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": str(window_s)}
        return {"dcpInfos": [row]}
