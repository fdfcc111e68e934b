"""Whether an exchange is, or will be, under maintenance: what its status endpoints say.

Binance has one status for all of its products. Where it says that maintenance runs, the futures are
asked themselves: while their book moves and no answer of theirs speaks of maintenance, they trade.

Sources: https://developers.binance.com/docs/wallet/others/system-status (no announcements, only "it
runs"), https://bybit-exchange.github.io/docs/v5/system-status (announced and running, with times).
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from daemon.exchanges.calls import Caller, Target
from daemon.exchanges.clients import WALLET, Call
from daemon.exchanges.wire import choice, field, rows_of, text, time_of
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.maintenance import Notice, NoticeState
from patriot_app.core.errors import ExchangeError

log = logging.getLogger(__name__)

_BINANCE_STATUS = Call(WALLET, "system/status", "GET")
_BINANCE_BOOK = Call(["fapiPublic"], "ticker/bookTicker", "GET")
BUSIEST = "BTCUSDT"
MOVES_WITHIN_S = 1.0
"""The best prices of the busiest contract change many times a second while it is traded."""
_BYBIT_STATUS = Call(["public"], "v5/system/status", "GET")
_RUNS = {"0": False, "1": True}
"""Binance: 0 normal, 1 system maintenance."""
_STATES = {state.value: state for state in NoticeState}
_FUTURES = 1
_TRADING = frozenset({1, 2, 3})
"""Bybit's services: trading at all, by HTTP, by WebSocket; 4 and 5 are assets and the rest."""
_ENVIRONMENTS = {AccountMode.DEMO: 2}
"""Bybit tells of production (1) and of its demo service (2)."""


async def fetch(caller: Caller, exchange: Exchange, mode: AccountMode) -> list[Notice]:
    """Return what an exchange says of its maintenance; empty where it works and announces nothing.

    Raises:
        ExchangeError: it does not say.
    """
    target = Target(exchange, mode)
    if exchange is Exchange.BYBIT:
        result = await caller.read(target, _BYBIT_STATUS, weight=1)
        return bybit_notices(rows_of(field(result, "list")), mode)
    # The test networks have no host that would know.
    if not caller.endpoints.of(exchange, mode).wallet_rest:
        return []
    row = await caller.read(target, _BINANCE_STATUS, weight=1)
    runs = choice(_RUNS, str(field(row, "status")), what="system status")
    if not runs:
        return []
    if await _is_trading(caller, target):
        log.warning("maintenance_elsewhere", extra={"exchange": exchange, "mode": mode})
        return []
    return [Notice("", text(row, "msg"), NoticeState.ONGOING)]


async def _is_trading(caller: Caller, target: Target) -> bool:
    """Tell whether Binance's futures trade, by two looks at a book; what is in doubt does not."""
    try:
        before = await _book_time(caller, target)
        await caller.clock.sleep(MOVES_WITHIN_S)
        return await _book_time(caller, target) > before
    except ExchangeError:
        return False


async def _book_time(caller: Caller, target: Target) -> datetime:
    row = await caller.read(target, _BINANCE_BOOK, {"symbol": BUSIEST}, weight=2)
    return time_of(field(row, "time"))


def bybit_notices(rows: list[dict[str, Any]], mode: AccountMode) -> list[Notice]:
    """Return what concerns trading contracts in a mode."""
    return [
        Notice(
            key=str(field(row, "id"))[:80],
            title=text(row, "title"),
            state=choice(_STATES, text(row, "state"), what="state of a maintenance"),
            starts_at=time_of(field(row, "begin")),
            ends_at=_end_of(row),
        )
        for row in rows
        if _concerns(row, mode)
    ]


def _end_of(row: Mapping[str, Any]) -> Any:
    return time_of(row["end"]) if text(row, "end") not in {"", "0"} else None


def _concerns(row: Mapping[str, Any], mode: AccountMode) -> bool:
    """Tell whether a row is about trading contracts; what a row leaves out may be meant."""
    products, services = _numbers(row.get("product")), _numbers(row.get("serviceTypes"))
    environment = text(row, "env")
    return (
        (not products or _FUTURES in products)
        and (not services or bool(services & _TRADING))
        and environment in {"", str(_ENVIRONMENTS.get(mode, 1))}
    )


def _numbers(value: object) -> set[int]:
    listed = value if isinstance(value, list) else []
    return {int(each) for each in listed if str(each).isdigit()}
