"""Bybit's executions and transaction log: newest first, seven days at a time.

Sources: https://bybit-exchange.github.io/docs/v5/order/execution, .../account/transaction-log.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from daemon.exchanges import bybit_wire as wire
from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.cursors import Dated, Taken, TimeCursor, read_window
from daemon.exchanges.gateway import AccountSession, FillPage, LedgerPage
from daemon.exchanges.wire import field, milliseconds_of, rows_of, text

WINDOW_MS_MAX = 7 * 24 * 3_600_000 - 1
_PAGES_MAX = 40
_EXECUTIONS = Call(["private"], "v5/execution/list", "GET")
_LOG = Call(["private"], "v5/account/transaction-log", "GET")

_Json = dict[str, Any]


async def fetch_fills(
    caller: Caller, session: AccountSession, symbol: str, *, cursor: str, market_now: datetime
) -> FillPage:
    """Read the next window of executions; those that moved no position are left out."""
    taken = await _read(
        caller,
        session,
        _EXECUTIONS,
        {"category": "linear", "symbol": symbol, "limit": 100},
        _position(cursor, None, market_now),
        market_now=market_now,
        time_name="execTime",
        key=_execution_key,
    )
    fills = [wire.fill_report(row, source="rest") for row in taken.rows if wire.is_trade(row)]
    return FillPage(tuple(fills), taken.cursor.encode(), taken.complete)


async def latest_fill_cursor(
    caller: Caller, session: AccountSession, symbol: str, *, market_now: datetime
) -> str:
    """Return the cursor behind the newest execution."""
    result = await caller.read(
        target_of(session),
        _EXECUTIONS,
        {"category": "linear", "symbol": symbol, "limit": 100},
        weight=1,
    )
    times = {
        _execution_key(row): int(field(row, "execTime")) for row in rows_of(field(result, "list"))
    }
    newest = max(times.values(), default=milliseconds_of(market_now))
    return TimeCursor(
        newest, frozenset(key for key, time_ms in times.items() if time_ms == newest)
    ).encode()


async def fetch_ledger(
    caller: Caller,
    session: AccountSession,
    *,
    cursor: str,
    since: datetime | None,
    market_now: datetime,
) -> LedgerPage:
    """Read the next window of the transaction log."""
    taken = await _read(
        caller,
        session,
        _LOG,
        {"accountType": "UNIFIED", "limit": 50},
        _position(cursor, since, market_now),
        market_now=market_now,
        time_name="transactionTime",
        key=_log_key,
    )
    return LedgerPage(
        tuple(wire.ledger_row(row) for row in taken.rows), taken.cursor.encode(), taken.complete
    )


async def _read(
    caller: Caller,
    session: AccountSession,
    call: Call,
    params: _Json,
    position: TimeCursor,
    *,
    market_now: datetime,
    time_name: str,
    key: Callable[[_Json], str],
) -> Taken[_Json]:
    async def page(start: int, end: int, page_cursor: str) -> tuple[Sequence[Dated[_Json]], str]:
        query = {**params, "startTime": start, "endTime": end}
        if page_cursor:
            query["cursor"] = page_cursor
        result = await caller.read(target_of(session), call, query, weight=1)
        rows = [
            Dated(int(field(row, time_name)), key(row), row)
            for row in rows_of(field(result, "list"))
        ]
        # Newest first on the wire; stable sorting must keep the order within a millisecond.
        return rows[::-1], text(result, "nextPageCursor")

    return await read_window(
        position,
        now_ms=milliseconds_of(market_now),
        span_ms_max=WINDOW_MS_MAX,
        pages_max=_PAGES_MAX,
        fetch_page=page,
    )


def _position(cursor: str, since: datetime | None, market_now: datetime) -> TimeCursor:
    if cursor:
        return TimeCursor.decode(cursor)
    began = since or market_now - timedelta(milliseconds=WINDOW_MS_MAX)
    return TimeCursor(milliseconds_of(began), frozenset())


def _execution_key(row: _Json) -> str:
    return str(field(row, "execId"))


def _log_key(row: _Json) -> str:
    return "|".join(
        str(row.get(name, "")) for name in ("type", "id", "symbol", "currency", "tradeId")
    )
