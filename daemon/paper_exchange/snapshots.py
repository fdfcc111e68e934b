"""The part of an engine's state that still changes, as one JSON document."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.codec import decode
from daemon.paper_exchange.depth import Taken
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.house import House
from daemon.paper_exchange.listings import Listing, apply_listing, changed_listings
from daemon.paper_exchange.orders import ConditionalOrder, TriggerStatus
from daemon.paper_exchange.state import ExchangeState, Sequences

_HISTORY_FIELDS: Final = frozenset(
    {"orders", "conditionals", "client_order_ids", "client_conditional_ids", "trades", "ledger"}
)
_LIVE_FIELDS: Final = tuple(f.name for f in fields(Account) if f.name not in _HISTORY_FIELDS)


def capture_engine(engine: Engine) -> dict[str, Any]:
    """Return the live state; the caller encodes it before anything changes."""
    state = engine.state
    return {
        "time_ms": engine.time_ms,
        "sequences": state.sequences,
        "house": state.house,
        "listings": changed_listings(state),
        "shifts": {name: market.shifts for name, market in state.markets.items()},
        "taken": {name: market.book.taken for name, market in state.markets.items()},
        "accounts": [
            {name: getattr(account, name) for name in _LIVE_FIELDS}
            | {"triggered": _triggered(account)}
            for account in state.accounts.values()
        ],
    }


def restore_engine(engine: Engine, stored: dict[str, Any]) -> None:
    """Put a captured state into a fresh engine; final rows come from the history file."""
    state = engine.state
    engine.start_at(stored["time_ms"])
    for symbol, listing in stored.get("listings", {}).items():
        if symbol in state.markets:
            apply_listing(state, symbol, decode(Listing, listing))
    for name, shifts in stored["shifts"].items():
        if name in state.markets:
            state.markets[name].restore(
                [(time_ms, Decimal(price), Decimal(ratio)) for time_ms, price, ratio in shifts]
            )
    for name, taken in stored.get("taken", {}).items():
        if name in state.markets:
            state.markets[name].book.restore(decode(Taken, taken))
    state.sequences = decode(Sequences, stored["sequences"])
    capital = {"insurance_capital": state.profile.insurance_capital}
    state.house = decode(House, capital | stored.get("house", {}))
    for data in stored["accounts"]:
        _restore_account(state, data)


def _restore_account(state: ExchangeState, data: dict[str, Any]) -> None:
    account = decode(Account, data)
    state.accounts[account.api_key] = account
    for order in account.open_orders.values():
        account.orders[order.order_id] = order
        if order.client_order_id:
            account.client_order_ids[order.client_order_id] = order.order_id
        state.resting.setdefault(order.symbol, {})[order.order_id] = order
        if order.good_till_ms:
            state.dated[order.order_id] = order
    triggered = decode(dict[int, ConditionalOrder], data["triggered"])
    for number, conditional in account.open_conditionals.items():
        state.waiting.setdefault(conditional.symbol, {})[number] = conditional
        if conditional.request.order.good_till_ms:
            state.dated[-number] = conditional
    for number, conditional in {**triggered, **account.open_conditionals}.items():
        account.conditionals[number] = conditional
        if conditional.client_order_id:
            account.client_conditional_ids[conditional.client_order_id] = number
    for position in account.positions.values():
        state.index_position(account, position.symbol)


def _triggered(account: Account) -> dict[int, Any]:
    """Return the conditional orders whose placed order is still open."""
    return {
        number: conditional
        for order in account.open_orders.values()
        if (number := order.conditional_id) is not None
        and (conditional := account.conditionals[number]).status is TriggerStatus.TRIGGERED
    }
