"""Auto-cancel: an account that stops calling loses its open orders of a contract."""

from __future__ import annotations

from typing import Any

from daemon.paper_exchange.binance.call import Call, Dialect
from daemon.paper_exchange.binance.codes import missing


def post_countdown(call: Call) -> dict[str, Any]:
    """Start or restart the countdown (wall time); 0 ends it."""
    symbol = call.symbol()
    countdown_ms = call.parameters.integer("countdownTime")
    if countdown_ms is None:
        raise missing("countdownTime")
    key = (call.account.api_key, symbol)
    if countdown_ms > 0:
        call.dialect.countdowns[key] = call.dialect.host.wall_ms() + countdown_ms
    else:
        call.dialect.countdowns.pop(key, None)
    return {"symbol": symbol, "countdownTime": str(countdown_ms)}


def cancel_overdue(dialect: Dialect) -> None:
    """Cancel the orders of every countdown that is over."""
    now_ms = dialect.host.wall_ms()
    over = [key for key, deadline_ms in dialect.countdowns.items() if deadline_ms <= now_ms]
    for key in over:
        del dialect.countdowns[key]
        api_key, symbol = key
        dialect.engine.cancel_all(dialect.engine.accounts[api_key], symbol)
