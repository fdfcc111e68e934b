"""Binance's money book: dated rows, oldest first, numbered only within a type.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/account/rest-api
(Get-Income-History).
"""

from datetime import datetime
from itertools import pairwise
from typing import Any

from daemon.exchanges import binance_wire as wire
from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.cursors import Dated, TimeCursor, take_new
from daemon.exchanges.gateway import AccountSession, LedgerPage
from daemon.exchanges.wire import field, milliseconds_of, rows_of, time_of
from patriot_app.core.errors import ExchangeUnavailable

PAGE_ROWS = 1_000
_PAGES_AT_ONE_TIME_MAX = 50
_INCOME = Call(["fapiPrivate"], "income", "GET")

_Row = Dated[dict[str, Any]]


async def fetch_ledger(
    caller: Caller,
    session: AccountSession,
    *,
    cursor: str,
    since: datetime | None,
    page_rows: int = PAGE_ROWS,
) -> LedgerPage:
    """Read one page of money rows after the cursor."""
    position = (
        TimeCursor.decode(cursor)
        if cursor
        else TimeCursor(milliseconds_of(since or time_of(0)), frozenset())
    )
    rows = await _income(caller, session, page_rows, {"startTime": position.time_ms})
    if len(rows) >= page_rows and rows[0].time_ms == rows[-1].time_ms:
        # A whole page within one millisecond: only page numbers lead on from here.
        time_ms = rows[0].time_ms
        at_once = await _income_at(caller, session, page_rows, time_ms)
        rows = await _income(caller, session, page_rows, {"startTime": time_ms + 1})
        taken = take_new(
            position, [*at_once, *rows], complete=len(rows) < page_rows, read_until_ms=None
        )
    else:
        taken = take_new(position, rows, complete=len(rows) < page_rows, read_until_ms=None)
    return LedgerPage(
        tuple(wire.ledger_row(row) for row in taken.rows), taken.cursor.encode(), taken.complete
    )


async def _income_at(
    caller: Caller, session: AccountSession, page_rows: int, time_ms: int
) -> list[_Row]:
    rows: list[_Row] = []
    for page in range(1, _PAGES_AT_ONE_TIME_MAX + 1):
        more = await _income(
            caller, session, page_rows, {"startTime": time_ms, "endTime": time_ms, "page": page}
        )
        rows.extend(more)
        if len(more) < page_rows:
            return rows
    raise ExchangeUnavailable(f"binance income: too many rows at {time_ms}")


async def _income(
    caller: Caller, session: AccountSession, page_rows: int, params: dict[str, Any]
) -> list[_Row]:
    answer = await caller.read(
        target_of(session), _INCOME, {**params, "limit": page_rows}, weight=30
    )
    dated = [Dated(int(field(row, "time")), _key(row), row) for row in rows_of(answer)]
    if any(later.time_ms < row.time_ms for row, later in pairwise(dated)):
        # A page is whole up to its last row only if rows come oldest first.
        raise ExchangeUnavailable("binance income: rows out of order")
    return dated


def _key(row: dict[str, Any]) -> str:
    return "|".join(
        str(row.get(name, "")) for name in ("incomeType", "tranId", "symbol", "asset", "tradeId")
    )
