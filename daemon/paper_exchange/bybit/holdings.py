"""What an account holds and how it is set up: wallet, positions, leverage, modes.

Source: https://bybit-exchange.github.io/docs/v5/account/wallet-balance and its neighbours
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, MarginMode, Position
from daemon.paper_exchange.bybit.attached import StopKind
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.order_entry import Body, require_linear
from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.bybit.wire import POSITION_INDEX, TRIGGERS, Json, price_text, text
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.liquidation import deleveraging_quantile
from daemon.paper_exchange.margin import AccountMargin, liquidation_price
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO, PositionSide

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
HEDGE_SIDES: Final = (PositionSide.LONG, PositionSide.SHORT)
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
        row = {
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
        if account.margin_mode is MarginMode.ISOLATED:
            row |= dict.fromkeys(_NOT_ISOLATED, "")
        return row

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
            positions = self.positions_in(account, self._engine.market(symbol).spec.symbol)
        elif params.get("settleCoin") or params.get("baseCoin"):
            held = sorted(account.positions.items())
            positions = [position for _, position in held if position.quantity]
        else:
            raise parameter_error("params error: symbol or settleCoin is required")
        margin = self._engine.margin(account)
        rows = [self.position_row(account, position, margin) for position in positions]
        return {"list": rows, "nextPageCursor": "", "category": "linear"}

    def positions_in(self, account: Account, symbol: str) -> list[Position]:
        """List what a contract has in the account's mode, flat or not: one position, or two."""
        sides = HEDGE_SIDES if account.hedge_mode else (PositionSide.BOTH,)
        return [
            account.position_of(symbol, side) or Position(symbol=symbol, position_side=side)
            for side in sides
        ]

    def position_row(
        self, account: Account, position: Position, margin: AccountMargin | None = None
    ) -> Json:
        """Shape a position, for the endpoint and for the stream."""
        engine, symbol = self._engine, position.symbol
        market = engine.market(symbol)
        spec = market.spec
        margin = margin or engine.margin(account)
        own = margin.symbols.get(position.key)
        quantity = position.quantity
        side = "" if not quantity else "Buy" if quantity > 0 else "Sell"
        value = abs(quantity) * position.entry_price
        bracket = spec.bracket(abs(own.notional) if own else ZERO)
        liquidation = (
            liquidation_price(engine.state, account, position.key, margin) if own else ZERO
        )
        isolated = account.is_isolated(symbol) and bool(quantity)
        initial = _money(own.position_initial if own and quantity else ZERO)
        maintenance = _money(own.maintenance if own else ZERO)
        return {
            "positionIdx": POSITION_INDEX[position.position_side],
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
            "adlRankIndicator": _adl_rank(engine, account, position),
            "leverage": str(account.leverage_of(symbol)),
            "positionBalance": _money(position.isolated_wallet) if isolated else initial,
            "markPrice": price_text(market.mark_price, spec),
            "liqPrice": price_text(market.round_to_tick(liquidation), spec) if liquidation else "",
            "bustPrice": price_text(_bust_price(market, position), spec) if isolated else "",
            "positionIM": initial,
            "positionIMByMp": initial,
            "positionMM": maintenance,
            "positionMMByMp": maintenance,
            "tpslMode": "Full",
            **self._stop_prices(account, position),
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

    def _stop_prices(self, account: Account, position: Position) -> Json:
        symbol, side = position.symbol, position.position_side
        spec = self._engine.market(symbol).spec
        trailing = self._stops.find(account, symbol, StopKind.TRAILING, side)
        distance = trailing.request.callback_distance if trailing else None
        prices: Json = {"trailingStop": price_text(distance, spec) or "0"}
        for kind, name, by_name in (
            (StopKind.LOSS, "stopLoss", "slTriggerBy"),
            (StopKind.PROFIT, "takeProfit", "tpTriggerBy"),
        ):
            stop = self._stops.find(account, symbol, kind, side)
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
    if position.position_side is not PositionSide.BOTH:
        return _traded_since(account, position)
    for row in reversed(account.ledger):
        if row.time_ms < position.opened_ms:
            break
        if row.symbol == position.symbol:
            total += row.amount
    return total


def _traded_since(account: Account, position: Position) -> Decimal:
    """Sum profit and commission of one of the two positions of hedge mode since it was opened."""
    total = ZERO
    for trade in reversed(account.trades):
        if trade.time_ms < position.opened_ms:
            break
        if (trade.symbol, trade.position_side) == (position.symbol, position.position_side):
            total += trade.realised_pnl - trade.commission
    return total


def _adl_rank(engine: Engine, account: Account, position: Position) -> int:
    """Return 1 to 5 for an open position, 5 being the first to be deleveraged; 0 without one."""
    if not position.quantity:
        return 0
    return deleveraging_quantile(engine.state, account, position) + 1


def _bust_price(market: Market, position: Position) -> Decimal:
    """Return where an isolated position's own wallet is lost."""
    price = position.entry_price - position.isolated_wallet / position.quantity
    return max(market.spec.tick_size, market.round_to_tick(price))


def _money(amount: Decimal) -> str:
    return text(amount.quantize(_DIGITS, rounding=ROUND_DOWN))


def _rate(part: Decimal, whole: Decimal) -> str:
    if whole <= 0:
        return "0"
    return text((part / whole).quantize(Decimal("0.0001"), rounding=ROUND_DOWN))
