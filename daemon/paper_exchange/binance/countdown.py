"""Auto-cancel: an account that stops calling loses its open orders of a contract.

A deadline is a choice of the account, kept over a restart; it is in wall time, so what ran out
while the process was down is cancelled as soon as it is back.
"""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Call, Dialect
from daemon.paper_exchange.binance.codes import missing
from daemon.paper_exchange.commands import SetPreference

_NAME: Final = "countdown:"


def post_countdown(call: Call) -> dict[str, Any]:
    """Start or restart the countdown (wall time); 0 ends it."""
    symbol = call.symbol()
    countdown_ms = call.parameters.integer("countdownTime")
    if countdown_ms is None:
        raise missing("countdownTime")
    deadline_ms = call.dialect.host.wall_ms() + countdown_ms if countdown_ms > 0 else 0
    _keep(call.dialect, call.account, symbol, deadline_ms)
    return {"symbol": symbol, "countdownTime": str(countdown_ms)}


def read_countdowns(account: Account) -> dict[str, int]:
    """Return the deadlines of an account by contract."""
    return {
        name.removeprefix(_NAME): int(value)
        for name, value in account.preferences.items()
        if name.startswith(_NAME)
    }


def cancel_overdue(dialect: Dialect) -> None:
    """Cancel the orders of every countdown that is over."""
    now_ms = dialect.host.wall_ms()
    for account in dialect.engine.accounts.values():
        if not account.preferences:
            continue
        for symbol, deadline_ms in read_countdowns(account).items():
            if deadline_ms <= now_ms:
                _keep(dialect, account, symbol, 0)
                dialect.engine.cancel_all(account, symbol)


def _keep(dialect: Dialect, account: Account, symbol: str, deadline_ms: int) -> None:
    value = str(deadline_ms) if deadline_ms else ""
    dialect.engine.submit(account, SetPreference(name=f"{_NAME}{symbol}", value=value))
