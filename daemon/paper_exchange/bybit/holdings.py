"""What an account has and how it is set up: wallet, margin mode, rates, contracts.

Source: https://bybit-exchange.github.io/docs/v5/account/wallet-balance and its neighbours
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, MarginMode
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.market_data import MarketData
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.wire import Json, money_text, text
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.margin import AccountMargin
from daemon.paper_exchange.orders import ZERO

CROSS: Final = "REGULAR_MARGIN"
ISOLATED: Final = "ISOLATED_MARGIN"
PORTFOLIO: Final = "PORTFOLIO_MARGIN"
_NOT_ISOLATED: Final = (
    "accountIMRate",
    "accountIMRateByMp",
    "accountMMRate",
    "accountMMRateByMp",
    "totalMarginBalance",
    "totalAvailableBalance",
    "totalInitialMargin",
    "totalInitialMarginByMp",
    "totalMaintenanceMargin",
    "totalMaintenanceMarginByMp",
)
"""Sums over the account that say nothing while positions stand on their own."""
UNIFIED_STATUS: Final = 5
"""Unified trading account 2.0."""
COIN: Final = "USDT"


class Holdings:
    """Answers account endpoints."""

    def __init__(self, engine: Engine, market_data: MarketData) -> None:
        self._engine = engine
        self._market_data = market_data

    def wallet_balance(self, account: Account, params: Body) -> Json:
        """Answer account/wallet-balance; every account is a unified one."""
        if params.get("accountType") != "UNIFIED":
            raise parameter_error("accountType only support UNIFIED.")
        self._engine.enter()
        return {"list": [self.wallet_row(account)]}

    def wallet_row(self, account: Account) -> Json:
        """Shape the wallet, for the endpoint and for the stream; one USDT counts as one dollar."""
        margin = self._engine.margin(account)
        row = {
            "accountType": "UNIFIED",
            "accountIMRate": _rate(margin.initial, margin.margin_balance),
            "accountIMRateByMp": _rate(margin.initial, margin.margin_balance),
            "accountMMRate": _rate(margin.maintenance, margin.margin_balance),
            "accountMMRateByMp": _rate(margin.maintenance, margin.margin_balance),
            "accountLTV": "0",
            "totalEquity": money_text(margin.margin_balance),
            "totalWalletBalance": money_text(margin.wallet_balance),
            "totalMarginBalance": money_text(margin.margin_balance),
            "totalAvailableBalance": money_text(max(ZERO, margin.available)),
            "totalPerpUPL": money_text(margin.unrealised_pnl),
            "totalInitialMargin": money_text(margin.initial),
            "totalInitialMarginByMp": money_text(margin.initial),
            "totalMaintenanceMargin": money_text(margin.maintenance),
            "totalMaintenanceMarginByMp": money_text(margin.maintenance),
            "coin": [_coin_row(account, margin)],
        }
        if account.margin_mode is MarginMode.ISOLATED:
            row |= dict.fromkeys(_NOT_ISOLATED, "")
        return row

    def withdrawable(self, account: Account, params: Body) -> Json:
        """Answer account/withdrawal: what could leave the account."""
        self._engine.enter()
        free = money_text(self._engine.margin(account).withdrawable)
        coins = str(params.get("coinName") or COIN).split(",")
        return {
            "availableWithdrawal": free if coins[0] == COIN else "0",
            "availableWithdrawalMap": {coin: free if coin == COIN else "0" for coin in coins},
        }

    def info(self, account: Account, params: Body) -> Json:
        """Answer account/info."""
        return {
            "unifiedMarginStatus": UNIFIED_STATUS,
            "marginMode": ISOLATED if account.margin_mode is MarginMode.ISOLATED else CROSS,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
            "dcpStatus": "OFF",
            "timeWindow": 0,
            "smpGroup": 0,
            "updatedTime": str(account.created_ms),
        }

    def instruments(self, account: Account, params: Body) -> Json:
        """Answer account/instruments-info: the contracts that the account may trade."""
        answer = self._market_data.instruments(params)
        for number, row in enumerate(answer["list"], start=1):
            row |= {"symbolId": number, "myRpiPermission": False, "isPublicRpi": False}
        return answer

    def fee_rates(self, account: Account, params: Body) -> Json:
        """Answer account/fee-rate."""
        symbol = str(params.get("symbol") or "")
        names = [self._engine.market(symbol).spec.symbol] if symbol else self._engine.instruments
        rates = self._engine.profile.tiers[account.fee_tier]
        rows = [
            {
                "symbol": name,
                "takerFeeRate": text(rates.taker),
                "makerFeeRate": text(rates.maker),
            }
            for name in names
        ]
        return {"list": rows}


def _coin_row(account: Account, margin: AccountMargin) -> Json:
    realised = sum((position.realised_pnl for position in account.positions.values()), ZERO)
    return {
        "coin": COIN,
        "equity": money_text(margin.margin_balance),
        "usdValue": money_text(margin.margin_balance),
        "walletBalance": text(account.wallet_balance),
        "locked": "0",
        "spotHedgingQty": "0",
        "borrowAmount": "0",
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "accruedInterest": "0",
        "totalOrderIM": money_text(margin.order_initial),
        "totalPositionIM": money_text(margin.position_initial),
        "totalPositionMM": money_text(margin.maintenance),
        "unrealisedPnl": money_text(margin.unrealised_pnl),
        "cumRealisedPnl": text(realised),
        "bonus": "0",
        "collateralSwitch": True,
        "marginCollateral": True,
        "spotBorrow": "0",
    }


def _rate(part: Decimal, whole: Decimal) -> str:
    if whole <= 0:
        return "0"
    return text((part / whole).quantize(Decimal("0.0001"), rounding=ROUND_DOWN))
