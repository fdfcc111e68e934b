"""Endpoints of balances, positions, settings and money history."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.holdings import (
    account_position,
    account_position_v2,
    asset_body,
    config_body,
    every_position,
    position_risk,
    totals_body,
)
from daemon.paper_exchange.binance.limits import ORDERS_PER_MINUTE, ORDERS_PER_TEN_SECONDS
from daemon.paper_exchange.binance.order_history import WEEK_MS
from daemon.paper_exchange.binance.wire import INCOME_TYPE, income_row, plain, trade_row
from daemon.paper_exchange.deleveraging import deleveraging_quantile
from daemon.paper_exchange.margin import (
    largest_notional,
)
from daemon.paper_exchange.state import ASSET

_V1_ACCOUNT: Final = [
    "feeTier",
    "canTrade",
    "canDeposit",
    "canWithdraw",
    "updateTime",
    "totalInitialMargin",
    "totalMaintMargin",
    "totalWalletBalance",
    "totalUnrealizedProfit",
    "totalMarginBalance",
    "totalPositionInitialMargin",
    "totalOpenOrderInitialMargin",
    "maxWithdrawAmount",
]
_V1_ASSET: Final = [
    "asset",
    "walletBalance",
    "unrealizedProfit",
    "marginBalance",
    "maintMargin",
    "initialMargin",
    "positionInitialMargin",
    "openOrderInitialMargin",
    "maxWithdrawAmount",
]
_V1_POSITION: Final = [
    "symbol",
    "initialMargin",
    "maintMargin",
    "unrealizedProfit",
    "positionInitialMargin",
    "openOrderInitialMargin",
    "leverage",
    "isolated",
    "entryPrice",
    "maxNotional",
    "positionSide",
]
_V1_RISK: Final = [
    "symbol",
    "positionAmt",
    "entryPrice",
    "markPrice",
    "unRealizedProfit",
    "liquidationPrice",
    "leverage",
    "maxNotionalValue",
    "marginType",
    "isolatedMargin",
    "isAutoAddMargin",
    "positionSide",
]
_V2_RISK: Final = (*_V1_RISK, "breakEvenPrice", "notional", "isolatedWallet", "updateTime")


def pick(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the named words of a row alone."""
    return {name: row[name] for name in names}


def get_account_v3(call: Call) -> dict[str, Any]:
    """Return balances and the positions in use."""
    call.engine.enter()
    margin = call.engine.margin(call.account)
    positions = [account_position(call, own) for own in margin.symbols.values()]
    return {
        **totals_body(margin),
        "assets": [asset_body(call.account, margin)],
        "positions": positions,
    }


def get_account_v2(call: Call) -> dict[str, Any]:
    """Return balances and every contract's position, settings included."""
    call.engine.enter()
    account = call.account
    margin = call.engine.margin(account)
    asset = {**asset_body(account, margin), "marginAvailable": True}
    return {
        **config_body(account),
        **totals_body(margin),
        "assets": [asset],
        "positions": [account_position_v2(call, own) for own in every_position(call, margin, None)],
    }


def get_account_v1(call: Call) -> dict[str, Any]:
    """Return what v2 does in the words that the first version had."""
    whole = get_account_v2(call)
    return {
        **pick(whole, _V1_ACCOUNT),
        "assets": [pick(asset, _V1_ASSET) for asset in whole["assets"]],
        "positions": [pick(position, _V1_POSITION) for position in whole["positions"]],
    }


def get_balance_v1(call: Call) -> list[dict[str, Any]]:
    """Return the balance of the one asset in the words that the first version had."""
    return [
        {
            "accountAlias": row["accountAlias"],
            "asset": row["asset"],
            "balance": row["balance"],
            "withdrawAvailable": row["maxWithdrawAmount"],
            "updateTime": row["updateTime"],
        }
        for row in get_balance(call)
    ]


def get_balance(call: Call) -> list[dict[str, Any]]:
    """Return the balance of the one asset."""
    call.engine.enter()
    account = call.account
    margin = call.engine.margin(account)
    asset = asset_body(account, margin)
    return [
        {
            "accountAlias": f"P{account.uid}",
            "asset": ASSET,
            "balance": asset["walletBalance"],
            "crossWalletBalance": asset["crossWalletBalance"],
            "crossUnPnl": asset["crossUnPnl"],
            "availableBalance": asset["availableBalance"],
            "maxWithdrawAmount": asset["maxWithdrawAmount"],
            "marginAvailable": True,
            "updateTime": account.updated_ms,
        }
    ]


def get_position_risk_v3(call: Call) -> list[dict[str, Any]]:
    """Return the positions in use; with a contract, also an order without position."""
    call.engine.enter()
    symbol = call.optional_symbol()
    margin = call.engine.margin(call.account)
    chosen = [own for own in margin.symbols.values() if symbol in {None, own.symbol}]
    return [position_risk(call, own, margin) for own in chosen]


def get_position_risk_v2(call: Call) -> list[dict[str, Any]]:
    """Return every contract's position, flat ones too."""
    call.engine.enter()
    symbol = call.optional_symbol()
    account = call.account
    margin = call.engine.margin(account)
    rows: list[dict[str, Any]] = []
    for own in every_position(call, margin, symbol):
        row = position_risk(call, own, margin)
        leverage = account.leverage_of(own.symbol)
        spec = call.engine.instruments[own.symbol]
        row.update(
            marginType="isolated" if own.is_isolated else "cross",
            isAutoAddMargin="false",
            leverage=str(leverage),
            maxNotionalValue=plain(largest_notional(spec, leverage)),
        )
        rows.append(pick(row, _V2_RISK))
    return rows


def get_position_risk_v1(call: Call) -> list[dict[str, Any]]:
    """Return what v2 does without the words that came later."""
    return [pick(row, _V1_RISK) for row in get_position_risk_v2(call)]


def get_symbol_config(call: Call) -> list[dict[str, Any]]:
    """Return margin type and leverage by contract."""
    symbol = call.optional_symbol()
    account = call.account
    return [
        {
            "symbol": name,
            "marginType": "ISOLATED" if account.is_isolated(name) else "CROSSED",
            "isAutoAddMargin": False,
            "leverage": account.leverage_of(name),
            "maxNotionalValue": plain(largest_notional(spec, account.leverage_of(name))),
        }
        for name, spec in call.engine.instruments.items()
        if symbol in {None, name}
    ]


def get_account_config(call: Call) -> dict[str, Any]:
    """Return what the account may do."""
    return {**config_body(call.account), "dualSidePosition": call.account.hedge_mode}


def get_commission_rate(call: Call) -> dict[str, Any]:
    """Return the account's commission rates."""
    rates = call.engine.profile.tiers[call.account.fee_tier]
    return {
        "symbol": call.symbol(),
        "makerCommissionRate": plain(rates.maker),
        "takerCommissionRate": plain(rates.taker),
        "rpiCommissionRate": "0",
    }


def get_order_rate_limit(call: Call) -> list[dict[str, Any]]:
    """Return the order limits."""
    limits = (("SECOND", 10, ORDERS_PER_TEN_SECONDS), ("MINUTE", 1, ORDERS_PER_MINUTE))
    return [
        {"rateLimitType": "ORDERS", "interval": unit, "intervalNum": number, "limit": limit}
        for unit, number, limit in limits
    ]


def get_adl_quantile(call: Call) -> list[dict[str, Any]]:
    """Return each open position's place in the queue of automatic deleveraging."""
    call.engine.enter()
    symbol = call.optional_symbol()
    rows: dict[str, dict[str, int]] = {}
    for _, position in sorted(call.account.positions.items()):
        if position.quantity and symbol in {None, position.symbol}:
            quantile = deleveraging_quantile(call.engine.state, call.account, position)
            rows.setdefault(position.symbol, {})[position.position_side.value] = quantile
    return [{"symbol": name, "adlQuantile": sides} for name, sides in rows.items()]


def get_user_trades(call: Call) -> list[dict[str, Any]]:
    """List a contract's trades, oldest first, by id or by market time."""
    now_ms = call.engine.enter()
    symbol = call.symbol()
    limit = call.parameters.limit(default=500, largest=1000)
    order_id = call.parameters.integer("orderId")
    from_id = call.parameters.integer("fromId")
    start_ms, end_ms = call.time_range(longest_ms=WEEK_MS)
    trades = call.account.trades
    first, last = 0, len(trades)
    if from_id is not None:
        first = bisect_left(trades, from_id, key=lambda trade: trade.trade_id)
    else:
        first_ms = start_ms if start_ms is not None else (end_ms or now_ms) - WEEK_MS
        last_ms = end_ms if end_ms is not None else first_ms + WEEK_MS
        first = bisect_left(trades, first_ms, key=lambda trade: trade.time_ms)
        last = bisect_right(trades, last_ms, key=lambda trade: trade.time_ms)
    chosen = [
        trade
        for trade in trades[first:last]
        if trade.symbol == symbol and order_id in {None, trade.order_id}
    ]
    forward = from_id is not None or start_ms is not None
    return [trade_row(trade) for trade in (chosen[:limit] if forward else chosen[-limit:])]


def get_income(call: Call) -> list[dict[str, Any]]:
    """List money rows by market time, oldest first; the last week when no time is given."""
    now_ms = call.engine.enter()
    symbol = call.optional_symbol()
    kind = call.parameters.text("incomeType")
    if kind and kind not in INCOME_TYPE.values():
        return []
    limit = call.parameters.limit(default=100, largest=1000)
    page = call.parameters.integer("page", 1)
    assert page is not None
    start_ms, end_ms = call.time_range()
    ledger = call.account.ledger
    first_ms = start_ms if start_ms is not None else (end_ms or now_ms) - WEEK_MS
    first = bisect_left(ledger, first_ms, key=lambda row: row.time_ms)
    last = len(ledger)
    if end_ms is not None:
        last = bisect_right(ledger, end_ms, key=lambda row: row.time_ms)
    rows = [
        row
        for row in ledger[first:last]
        if symbol in {None, row.symbol} and kind in {"", INCOME_TYPE[row.type]}
    ]
    offset = (max(page, 1) - 1) * limit
    return [income_row(row) for row in rows[offset : offset + limit]]
