"""Payloads of balances and positions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account, Position
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.deleveraging import deleveraging_quantile
from daemon.paper_exchange.margin import (
    AccountMargin,
    SymbolMargin,
    largest_notional,
    liquidation_price,
)
from daemon.paper_exchange.orders import ZERO, PositionSide, position_key
from daemon.paper_exchange.state import ASSET

FEE_BURN: Final = "feeBurn"
_BREAK_EVEN: Final = Decimal("0.0005")


def config_body(account: Account) -> dict[str, Any]:
    """Write what the account may do."""
    return {
        "feeTier": account.fee_tier,
        "feeBurn": burns_fees(account),
        "canTrade": account.permissions.trade,
        "canDeposit": True,
        "canWithdraw": account.permissions.withdraw,
        "updateTime": account.updated_ms,
        "multiAssetsMargin": account.permissions.multi_assets,
        "tradeGroupId": -1,
    }


def burns_fees(account: Account) -> bool:
    """Tell whether the account wishes to pay commissions in BNB."""
    return FEE_BURN in account.preferences


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
        "totalCrossWalletBalance": money(margin.cross_wallet),
        "totalCrossUnPnl": money(margin.cross_unrealised_pnl),
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
        "crossWalletBalance": money(margin.cross_wallet),
        "crossUnPnl": money(margin.cross_unrealised_pnl),
        "availableBalance": money(max(margin.available, ZERO)),
        "maxWithdrawAmount": money(margin.withdrawable),
        "updateTime": account.updated_ms,
    }


def account_position(call: Call, own: SymbolMargin) -> dict[str, Any]:
    """Write a position as v3/account does."""
    position = position_of(call.account, own)
    spec = call.engine.instruments[own.symbol]
    return {
        "symbol": own.symbol,
        "positionSide": own.position_side,
        "positionAmt": plain(position.quantity, spec.quantity_precision),
        "unrealizedProfit": money(own.unrealised_pnl),
        "isolatedMargin": isolated_margin(own),
        "notional": money(own.notional),
        "isolatedWallet": money(own.isolated_wallet) if own.is_isolated else "0",
        "initialMargin": money(own.position_initial + own.order_initial),
        "maintMargin": money(own.maintenance),
        "updateTime": position.updated_ms,
    }


def account_position_v2(call: Call, own: SymbolMargin) -> dict[str, Any]:
    """Write a position as v2/account does."""
    position = position_of(call.account, own)
    leverage = call.account.leverage_of(own.symbol)
    body = account_position(call, own)
    body.update(
        positionInitialMargin=money(own.position_initial),
        openOrderInitialMargin=money(own.order_initial),
        leverage=str(leverage),
        isolated=own.is_isolated,
        entryPrice=plain(position.entry_price),
        breakEvenPrice=plain(break_even(position)),
        maxNotional=plain(largest_notional(call.engine.instruments[own.symbol], leverage)),
        bidNotional=money(own.bid_notional),
        askNotional=money(own.ask_notional),
    )
    return body


def position_risk(call: Call, own: SymbolMargin, margin: AccountMargin) -> dict[str, Any]:
    """Write a position as v3/positionRisk does."""
    position = position_of(call.account, own)
    spec = call.engine.instruments[own.symbol]
    state = call.engine.state
    liquidation = ZERO
    quantile = 0
    if position.quantity:
        liquidation = liquidation_price(state, call.account, position.key, margin)
        quantile = deleveraging_quantile(state, call.account, position)
    return {
        "symbol": own.symbol,
        "positionSide": own.position_side,
        "positionAmt": plain(position.quantity, spec.quantity_precision),
        "entryPrice": plain(position.entry_price),
        "breakEvenPrice": plain(break_even(position)),
        "markPrice": money(state.markets[own.symbol].mark_price),
        "unRealizedProfit": money(own.unrealised_pnl),
        "liquidationPrice": money(liquidation) if liquidation else "0",
        "isolatedMargin": isolated_margin(own),
        "notional": money(own.notional),
        "marginAsset": ASSET,
        "isolatedWallet": money(own.isolated_wallet) if own.is_isolated else "0",
        "initialMargin": money(own.position_initial + own.order_initial),
        "maintMargin": money(own.maintenance),
        "positionInitialMargin": money(own.position_initial),
        "openOrderInitialMargin": money(own.order_initial),
        "adl": quantile,
        "bidNotional": money(own.bid_notional),
        "askNotional": money(own.ask_notional),
        "updateTime": position.updated_ms,
    }


def isolated_margin(own: SymbolMargin) -> str:
    """Return an isolated position's wallet with its profit or loss; 0 with cross margin."""
    return money(own.isolated_wallet + own.unrealised_pnl) if own.is_isolated else "0"


def every_position(call: Call, margin: AccountMargin, symbol: str | None) -> list[SymbolMargin]:
    """Return the figures of every contract, flat ones too: one each, or two in hedge mode."""
    both = (PositionSide.LONG, PositionSide.SHORT)
    sides = both if call.account.hedge_mode else (PositionSide.BOTH,)
    return [
        margin.symbols.get(position_key(name, side)) or _flat(call.account, name, side)
        for name in call.engine.instruments
        if symbol in {None, name}
        for side in sides
    ]


def break_even(position: Position) -> Decimal:
    """Return entry price plus the closing commission, as Binance shows it."""
    sign = 1 if position.quantity > 0 else -1
    return position.entry_price * (1 + sign * _BREAK_EVEN)


def position_of(account: Account, own: SymbolMargin) -> Position:
    """Return the position that figures are of, an empty one when there is none."""
    held = account.position_of(own.symbol, own.position_side)
    return held or Position(symbol=own.symbol, position_side=own.position_side)


def _flat(account: Account, symbol: str, side: PositionSide) -> SymbolMargin:
    return SymbolMargin(
        symbol=symbol,
        position_side=side,
        notional=ZERO,
        unrealised_pnl=ZERO,
        position_initial=ZERO,
        order_initial=ZERO,
        maintenance=ZERO,
        bid_notional=ZERO,
        ask_notional=ZERO,
        is_isolated=account.is_isolated(symbol),
    )
