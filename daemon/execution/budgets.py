"""What each exchange and address may still carry, as the beat tells it."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.connection_pace import CONNECTION_LIMITS
from daemon.exchanges.rate_windows import USABLE_SHARE
from daemon.exchanges.throttle import ADDRESS_LIMITS, POLLING_SHARE_MIN, Address, Lane
from daemon.execution.holds import ORDER_WEIGHT
from daemon.execution.reading_order import READING_WEIGHT
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.rate_budgets import (
    ACCOUNTS_MAX,
    CONNECTIONS_MAX,
    Egress,
    fan_out_s,
)

AT_RISK = 0.5
"""Share of an account's order limit from which it is told by name."""


@dataclass(frozen=True, slots=True)
class _Riskiest:
    """The account that is nearest to its order limit."""

    account_id: UUID
    used: float
    limit: float
    window_s: float


def of(context: Context) -> list[dict[str, object]]:
    """Return one row for each exchange, mode and address that we have accounts at."""
    accounts = Counter(
        (each.exchange, each.mode, each.source_address) for each in context.sessions.values()
    )
    streams = Counter(
        (each.exchange, each.mode, each.source_address)
        for account_id, each in context.sessions.items()
        if account_id in context.standing
    )
    return [
        _row(context, address, accounts=count, streams=streams[address])
        for address, count in sorted(accounts.items(), key=lambda item: str(item[0]))
    ]


def _row(context: Context, address: Address, *, accounts: int, streams: int) -> dict[str, object]:
    exchange, mode, source = address
    limit = ADDRESS_LIMITS[exchange]
    ledger = context.gateway.throttle.ledger(address)
    usable = limit.units * USABLE_SHARE
    room = usable * Lane.ENTRY.value
    riskiest = _riskiest(context, address)
    return {
        "exchange": exchange.value,
        "mode": mode.value,
        "address": source or "",
        "budget": limit.units,
        "window_s": limit.window_s,
        "used": round(ledger.used, 1),
        "reserve": round(usable - room, 1),
        "margin": round(limit.units - usable, 1),
        "silent_s": round(ledger.silent_s, 1),
        "waiting_exit": ledger.waiting[Lane.EXIT],
        "waiting_resolution": ledger.waiting[Lane.RESOLUTION],
        "waiting_take_over": ledger.waiting[Lane.TAKE_OVER],
        "waiting_entry": ledger.waiting[Lane.ENTRY],
        "waiting_background": ledger.waiting[Lane.POLLING],
        "accounts": accounts,
        "accounts_max": ACCOUNTS_MAX[exchange],
        "read_at_once": _read_at_once(exchange, usable),
        "connections": streams,
        "connections_max": CONNECTIONS_MAX[exchange],
        "opened": context.streams.pace.opened(exchange, source),
        "opened_max": CONNECTION_LIMITS[exchange].units,
        "risk_account": None if riskiest is None else str(riskiest.account_id),
        "risk_used": None if riskiest is None else riskiest.used,
        "risk_limit": None if riskiest is None else riskiest.limit,
        "risk_window_s": None if riskiest is None else riskiest.window_s,
        "fan_out_s": round(
            fan_out_s(
                Egress(
                    accounts=accounts,
                    order_weight=ORDER_WEIGHT[exchange],
                    room=room,
                    window_s=limit.window_s,
                    used=ledger.used,
                    silent_s=ledger.silent_s,
                )
            ),
            1,
        ),
    }


def _read_at_once(exchange: Exchange, usable: float) -> int:
    """Return how many accounts can be read anew beside a background that used all that it may."""
    room = usable * Lane.TAKE_OVER.value - usable * POLLING_SHARE_MIN
    return int(room / READING_WEIGHT[exchange])


def _riskiest(context: Context, address: Address) -> _Riskiest | None:
    """Return the account that used most of its order limit, if that is much."""
    found = [
        _Riskiest(account_id, used, limit.units, limit.window_s)
        for account_id, session in context.sessions.items()
        if (session.exchange, session.mode, session.source_address) == address
        for used, limit in context.gateway.throttle.orders_used(account_id, session.exchange)
        if used >= AT_RISK * limit.units
    ]
    return max(found, key=lambda each: each.used / each.limit, default=None)
