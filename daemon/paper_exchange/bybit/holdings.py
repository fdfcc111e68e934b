"""What an account holds and how it is set up: wallet, positions, leverage, modes.

Source: https://bybit-exchange.github.io/docs/v5/account/wallet-balance and its neighbours
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.order_entry import Body, require_linear
from daemon.paper_exchange.bybit.stops import STOP_LOSS, TAKE_PROFIT, Stops
from daemon.paper_exchange.bybit.wire import TRIGGERS, Json, price_text, text
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.margin import AccountMargin, liquidation_price
from daemon.paper_exchange.orders import ZERO

CROSS: Final = "REGULAR_MARGIN"
UNIFIED_STATUS: Final = 5
"""Unified trading account 2.0."""
COIN: Final = "USDT"
_DIGITS: Final = Decimal("1E-8")


class Holdings:
    """Answers account and position endpoints."""

    def __init__(self, engine: Engine, stops: Stops) -> None:
        self._engine = engine
        self._stops = stops

    def wallet_balance(self, account: Account, params: Body) -> Json:
        """Answer account/wallet-balance; every account is a unified one."""
        if params.get("accountType") != "UNIFIED":
            raise parameter_error("accountType only support UNIFIED.")
        self._engine.enter()
        return {"list": [self.wallet_row(account)]}

    def wallet_row(self, account: Account) -> Json:
        """Shape the wallet, for the endpoint and for the stream; one USDT counts as one dollar."""
        margin = self._engine.margin(account)
        return {
            "accountType": "UNIFIED",
            "accountIMRate": _rate(margin.initial, margin.margin_balance),
            "accountIMRateByMp": _rate(margin.initial, margin.margin_balance),
            "accountMMRate": _rate(margin.maintenance, margin.margin_balance),
            "accountMMRateByMp": _rate(margin.maintenance, margin.margin_balance),
            "accountLTV": "0",
            "totalEquity": _money(margin.margin_balance),
            "totalWalletBalance": _money(margin.wallet_balance),
            "totalMarginBalance": _money(margin.margin_balance),
            "totalAvailableBalance": _money(max(ZERO, margin.available)),
            "totalPerpUPL": _money(margin.unrealised_pnl),
            "totalInitialMargin": _money(margin.initial),
            "totalInitialMarginByMp": _money(margin.initial),
            "totalMaintenanceMargin": _money(margin.maintenance),
            "totalMaintenanceMarginByMp": _money(margin.maintenance),
            "coin": [_coin_row(account, margin)],
        }

    def withdrawable(self, account: Account, params: Body) -> Json:
        """Answer account/withdrawal: what could leave the account."""
        self._engine.enter()
        free = _money(self._engine.margin(account).withdrawable)
        coins = str(params.get("coinName") or COIN).split(",")
        return {
            "availableWithdrawal": free if coins[0] == COIN else "0",
            "availableWithdrawalMap": {coin: free if coin == COIN else "0" for coin in coins},
        }

    def positions(self, account: Account, params: Body) -> Json:
        """Answer position/list: one contract even when flat, or all that are open."""
        require_linear(params)
        self._engine.enter()
        symbol = str(params.get("symbol") or "")
        if symbol:
            symbols = [self._engine.market(symbol).spec.symbol]
        elif params.get("settleCoin") or params.get("baseCoin"):
            symbols = [name for name in sorted(account.positions) if account.quantity_of(name)]
        else:
            raise parameter_error("params error: symbol or settleCoin is required")
        margin = self._engine.margin(account)
        rows = [self.position_row(account, name, margin) for name in symbols]
        return {"list": rows, "nextPageCursor": "", "category": "linear"}

    def position_row(
        self, account: Account, symbol: str, margin: AccountMargin | None = None
    ) -> Json:
        """Shape a position, for the endpoint and for the stream."""
        engine = self._engine
        market = engine.market(symbol)
        spec = market.spec
        margin = margin or engine.margin(account)
        own = margin.symbols.get(symbol)
        position = account.positions.get(symbol) or Position(symbol=symbol)
        quantity = position.quantity
        side = "" if not quantity else "Buy" if quantity > 0 else "Sell"
        value = abs(quantity) * position.entry_price
        bracket = spec.bracket(abs(own.notional) if own else ZERO)
        liquidation = liquidation_price(engine.state, account, symbol, margin) if own else ZERO
        initial = _money(own.position_initial if own and quantity else ZERO)
        maintenance = _money(own.maintenance if own else ZERO)
        return {
            "positionIdx": 0,
            "riskId": spec.brackets.index(bracket) + 1,
            "riskLimitValue": text(bracket.cap),
            "symbol": symbol,
            "side": side,
            "size": text(abs(quantity)),
            "avgPrice": text(position.entry_price),
            "entryPrice": text(position.entry_price),
            "positionValue": text(value) if quantity else "",
            "tradeMode": 0,
            "positionStatus": "Normal",
            "autoAddMargin": 0,
            "adlRankIndicator": 0,
            "leverage": str(account.leverage_of(symbol)),
            "positionBalance": initial,
            "markPrice": price_text(market.mark_price, spec),
            "liqPrice": price_text(market.round_to_tick(liquidation), spec) if liquidation else "",
            "bustPrice": "",
            "positionIM": initial,
            "positionIMByMp": initial,
            "positionMM": maintenance,
            "positionMMByMp": maintenance,
            "tpslMode": "Full",
            **self._stop_prices(account, symbol),
            "trailingStop": "0",
            "unrealisedPnl": _money(own.unrealised_pnl if own and quantity else ZERO),
            "curRealisedPnl": text(_realised_since(account, position)),
            "cumRealisedPnl": text(position.realised_pnl),
            "seq": account.trades[-1].trade_id if account.trades else -1,
            "isReduceOnly": False,
            "mmrSysUpdateTime": "",
            "leverageSysUpdatedTime": "",
            "createdTime": str(position.opened_ms),
            "updatedTime": str(position.updated_ms),
        }

    def trading_stop(self, account: Account, body: Body) -> Json:
        """Answer position/trading-stop."""
        require_linear(body)
        self._engine.enter()
        self._stops.set_trading_stop(account, body)
        return {}

    def info(self, account: Account, params: Body) -> Json:
        """Answer account/info."""
        return {
            "unifiedMarginStatus": UNIFIED_STATUS,
            "marginMode": CROSS,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
            "dcpStatus": "OFF",
            "timeWindow": 0,
            "smpGroup": 0,
            "updatedTime": str(account.created_ms),
        }

    def fee_rates(self, account: Account, params: Body) -> Json:
        """Answer account/fee-rate."""
        symbol = str(params.get("symbol") or "")
        names = [self._engine.market(symbol).spec.symbol] if symbol else self._engine.instruments
        profile = self._engine.profile
        rows = [
            {
                "symbol": name,
                "takerFeeRate": text(profile.taker_rate),
                "makerFeeRate": text(profile.maker_rate),
            }
            for name in names
        ]
        return {"list": rows}

    def _stop_prices(self, account: Account, symbol: str) -> Json:
        spec = self._engine.market(symbol).spec
        prices: Json = {}
        for kind, name, by_name in (
            (STOP_LOSS, "stopLoss", "slTriggerBy"),
            (TAKE_PROFIT, "takeProfit", "tpTriggerBy"),
        ):
            stop = self._stops.find(account, symbol, kind)
            prices[name] = price_text(stop.request.trigger_price, spec) if stop else ""
            prices[by_name] = TRIGGERS[stop.request.trigger_by] if stop else ""
        return prices


def _coin_row(account: Account, margin: AccountMargin) -> Json:
    realised = sum((position.realised_pnl for position in account.positions.values()), ZERO)
    return {
        "coin": COIN,
        "equity": _money(margin.margin_balance),
        "usdValue": _money(margin.margin_balance),
        "walletBalance": text(account.wallet_balance),
        "locked": "0",
        "spotHedgingQty": "0",
        "borrowAmount": "0",
        "availableToWithdraw": "",
        "accruedInterest": "0",
        "totalOrderIM": _money(margin.order_initial),
        "totalPositionIM": _money(margin.position_initial),
        "totalPositionMM": _money(margin.maintenance),
        "unrealisedPnl": _money(margin.unrealised_pnl),
        "cumRealisedPnl": text(realised),
        "bonus": "0",
        "collateralSwitch": True,
        "marginCollateral": True,
        "spotBorrow": "0",
    }


def _realised_since(account: Account, position: Position) -> Decimal:
    """Sum profit, commission and funding of a contract since its position was opened."""
    total = ZERO
    if not position.quantity:
        return total
    for row in reversed(account.ledger):
        if row.time_ms < position.opened_ms:
            break
        if row.symbol == position.symbol:
            total += row.amount
    return total


def _money(amount: Decimal) -> str:
    return text(amount.quantize(_DIGITS, rounding=ROUND_DOWN))


def _rate(part: Decimal, whole: Decimal) -> str:
    if whole <= 0:
        return "0"
    return text((part / whole).quantize(Decimal("0.0001"), rounding=ROUND_DOWN))
