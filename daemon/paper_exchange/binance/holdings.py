"""Payloads of balances and positions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.margin import (
    AccountMargin,
    SymbolMargin,
    largest_notional,
    liquidation_price,
)
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.state import ASSET

_BREAK_EVEN: Final = Decimal("0.0005")


def config_body(account: Account) -> dict[str, Any]:
    """Write what the account may do."""
    return {
        "feeTier": 0,
        "feeBurn": False,
        "canTrade": account.permissions.trade,
        "canDeposit": True,
        "canWithdraw": account.permissions.withdraw,
        "updateTime": account.updated_ms,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def totals_body(margin: AccountMargin) -> dict[str, Any]:
    """Write the totals of an account."""
    return {
        "totalInitialMargin": money(margin.initial),
        "totalMaintMargin": money(margin.maintenance),
        "totalWalletBalance": money(margin.wallet_balance),
        "totalUnrealizedProfit": money(margin.unrealised_pnl),
        "totalMarginBalance": money(margin.margin_balance),
        "totalPositionInitialMargin": money(margin.position_initial),
        "totalOpenOrderInitialMargin": money(margin.order_initial),
        "totalCrossWalletBalance": money(margin.wallet_balance),
        "totalCrossUnPnl": money(margin.unrealised_pnl),
        "availableBalance": money(max(margin.available, ZERO)),
        "maxWithdrawAmount": money(margin.withdrawable),
    }


def asset_body(account: Account, margin: AccountMargin) -> dict[str, Any]:
    """Write the balance of the one asset."""
    return {
        "asset": ASSET,
        "walletBalance": money(margin.wallet_balance),
        "unrealizedProfit": money(margin.unrealised_pnl),
        "marginBalance": money(margin.margin_balance),
        "maintMargin": money(margin.maintenance),
        "initialMargin": money(margin.initial),
        "positionInitialMargin": money(margin.position_initial),
        "openOrderInitialMargin": money(margin.order_initial),
        "crossWalletBalance": money(margin.wallet_balance),
        "crossUnPnl": money(margin.unrealised_pnl),
        "availableBalance": money(max(margin.available, ZERO)),
        "maxWithdrawAmount": money(margin.withdrawable),
        "updateTime": account.updated_ms,
    }


def account_position(call: Call, own: SymbolMargin) -> dict[str, Any]:
    """Write a position as v3/account does."""
    position = position_of(call.account, own.symbol)
    spec = call.engine.instruments[own.symbol]
    return {
        "symbol": own.symbol,
        "positionSide": "BOTH",
        "positionAmt": plain(position.quantity, spec.quantity_precision),
        "unrealizedProfit": money(own.unrealised_pnl),
        "isolatedMargin": "0",
        "notional": money(own.notional),
        "isolatedWallet": "0",
        "initialMargin": money(own.position_initial + own.order_initial),
        "maintMargin": money(own.maintenance),
        "updateTime": position.updated_ms,
    }


def account_position_v2(call: Call, symbol: str, margin: AccountMargin) -> dict[str, Any]:
    """Write a position as v2/account does."""
    own = margin.symbols.get(symbol, flat_margin(symbol))
    position = position_of(call.account, symbol)
    leverage = call.account.leverage_of(symbol)
    body = account_position(call, own)
    body.update(
        positionInitialMargin=money(own.position_initial),
        openOrderInitialMargin=money(own.order_initial),
        leverage=str(leverage),
        isolated=False,
        entryPrice=plain(position.entry_price),
        breakEvenPrice=plain(break_even(position)),
        maxNotional=plain(largest_notional(call.engine.instruments[symbol], leverage)),
        bidNotional=money(own.bid_notional),
        askNotional=money(own.ask_notional),
    )
    return body


def position_risk(call: Call, own: SymbolMargin, margin: AccountMargin) -> dict[str, Any]:
    """Write a position as v3/positionRisk does."""
    position = position_of(call.account, own.symbol)
    spec = call.engine.instruments[own.symbol]
    state = call.engine.state
    liquidation = liquidation_price(state, call.account, own.symbol, margin)
    return {
        "symbol": own.symbol,
        "positionSide": "BOTH",
        "positionAmt": plain(position.quantity, spec.quantity_precision),
        "entryPrice": plain(position.entry_price),
        "breakEvenPrice": plain(break_even(position)),
        "markPrice": money(state.markets[own.symbol].mark_price),
        "unRealizedProfit": money(own.unrealised_pnl),
        "liquidationPrice": money(liquidation) if liquidation else "0",
        "isolatedMargin": "0",
        "notional": money(own.notional),
        "marginAsset": ASSET,
        "isolatedWallet": "0",
        "initialMargin": money(own.position_initial + own.order_initial),
        "maintMargin": money(own.maintenance),
        "positionInitialMargin": money(own.position_initial),
        "openOrderInitialMargin": money(own.order_initial),
        "adl": 0,
        "bidNotional": money(own.bid_notional),
        "askNotional": money(own.ask_notional),
        "updateTime": position.updated_ms,
    }


def break_even(position: Position) -> Decimal:
    """Return entry price plus the closing commission, as Binance shows it."""
    sign = 1 if position.quantity > 0 else -1
    return position.entry_price * (1 + sign * _BREAK_EVEN)


def position_of(account: Account, symbol: str) -> Position:
    """Return a contract's position, an empty one when there is none."""
    return account.positions.get(symbol) or Position(symbol=symbol)


def flat_margin(symbol: str) -> SymbolMargin:
    """Return the figures of a contract without position and orders."""
    return SymbolMargin(
        symbol=symbol,
        notional=ZERO,
        unrealised_pnl=ZERO,
        position_initial=ZERO,
        order_initial=ZERO,
        maintenance=ZERO,
        bid_notional=ZERO,
        ask_notional=ZERO,
    )
