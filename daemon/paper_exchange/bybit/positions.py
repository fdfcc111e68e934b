"""An account's positions as Bybit shows them, for the endpoint and for the stream.

Source: https://bybit-exchange.github.io/docs/v5/position
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.bybit.attached import StopKind
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.order_entry import Body, require_linear
from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.bybit.wire import POSITION_INDEX, Json, money_text, price_text, text
from daemon.paper_exchange.deleveraging import deleveraging_quantile
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.margin import AccountMargin, liquidation_price
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO, PositionSide

HEDGE_SIDES: Final = (PositionSide.LONG, PositionSide.SHORT)


class Positions:
    """Answers position/list and shapes rows."""

    def __init__(self, engine: Engine, stops: Stops) -> None:
        self._engine = engine
        self._stops = stops

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
        isolated = account.is_isolated(symbol) and bool(quantity)
        initial = money_text(own.position_initial if own and quantity else ZERO)
        maintenance = money_text(own.maintenance if own else ZERO)
        return {
            "positionIdx": POSITION_INDEX[position.position_side],
            "riskId": spec.brackets.index(bracket) + 1,
            "riskLimitValue": text(bracket.cap),
            "symbol": symbol,
            "side": side,
            "size": text(abs(quantity)),
            "avgPrice": text(position.entry_price),
            "breakEvenPrice": _break_even(self._engine, account, position),
            "sessionAvgPrice": "",
            "positionValue": text(value) if quantity else "",
            "tradeMode": 0,
            "positionStatus": "Normal",
            "autoAddMargin": 0,
            "adlRankIndicator": _adl_rank(engine, account, position),
            "leverage": str(account.leverage_of(symbol)),
            "positionBalance": money_text(position.isolated_wallet) if isolated else initial,
            "markPrice": price_text(market.mark_price, spec),
            "liqPrice": self._liquidation_price(account, position, margin),
            "bustPrice": price_text(_bust_price(market, position), spec) if isolated else "",
            "positionIM": initial,
            "positionIMByMp": initial,
            "positionMM": maintenance,
            "positionMMByMp": maintenance,
            "tpslMode": "Full",
            **self._stop_prices(account, position),
            "unrealisedPnl": money_text(own.unrealised_pnl if own and quantity else ZERO),
            "curRealisedPnl": text(_realised_since(account, position)),
            "cumRealisedPnl": text(position.realised_pnl),
            "seq": account.trades[-1].trade_id if account.trades else -1,
            "isReduceOnly": False,
            "mmrSysUpdateTime": "",
            "leverageSysUpdatedTime": "",
            "createdTime": str(position.opened_ms),
            "updatedTime": str(position.updated_ms),
        }

    def _liquidation_price(
        self, account: Account, position: Position, margin: AccountMargin
    ) -> str:
        market = self._engine.market(position.symbol)
        price = liquidation_price(self._engine.state, account, position.key, margin)
        return price_text(market.round_to_tick(price), market.spec) if price else ""

    def _stop_prices(self, account: Account, position: Position) -> Json:
        symbol, side = position.symbol, position.position_side
        spec = self._engine.market(symbol).spec
        trailing = self._stops.find(account, symbol, StopKind.TRAILING, side)
        distance = trailing.request.callback_distance if trailing else None
        prices: Json = {"trailingStop": price_text(distance, spec) or "0"}
        for kind, name in ((StopKind.LOSS, "stopLoss"), (StopKind.PROFIT, "takeProfit")):
            stop = self._stops.find(account, symbol, kind, side)
            prices[name] = price_text(stop.request.trigger_price, spec) if stop else ""
        return prices


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


def _break_even(engine: Engine, account: Account, position: Position) -> str:
    """Return the price at which closing pays back the commissions of opening and closing."""
    if not position.quantity:
        return ""
    rate = engine.profile.tiers[account.fee_tier].taker * (1 if position.quantity > 0 else -1)
    return money_text(position.entry_price * (1 + rate) / (1 - rate))


def _bust_price(market: Market, position: Position) -> Decimal:
    """Return where an isolated position's own wallet is lost."""
    price = position.entry_price - position.isolated_wallet / position.quantity
    return max(market.spec.tick_size, market.round_to_tick(price))
