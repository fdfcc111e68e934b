"""Fetch real candles into files that the paper exchange can replay.

`python -m daemon.market.fetch --exchange binance --symbols BTCUSDT,ETHUSDT --days 30 --out DIR`
"""

import argparse
import asyncio
import gzip
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from daemon.exchanges.public_candles import MINUTE_MS, CandleRow, PublicCandles
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.errors import PatriotError

HEADER = "open_time_ms,open,high,low,close,volume"


async def fetch_symbol(
    source: PublicCandles, symbol: str, *, since: datetime, until: datetime, folder: Path
) -> Path:
    """Write one symbol's candles of [since, until) and return the file.

    The file appears under its name only when it is complete.
    """
    start_ms, end_ms = _milliseconds(since), _milliseconds(until)
    rows: list[CandleRow] = []
    async for page in source.pages(symbol, start_ms=start_ms, end_ms=end_ms):
        rows += page
        done = (int(rows[-1][0]) + MINUTE_MS - start_ms) / (end_ms - start_ms)
        _show(f"\r  {symbol:<14}{done:7.1%}  {len(rows):>9,} candles")
    missing = (end_ms - start_ms) // MINUTE_MS - len(rows)
    path = folder / f"{symbol}_{since:%Y-%m-%d}.csv.gz"
    _write(path, rows)
    _show(f"\r  {symbol:<14} 100.0%  {len(rows):>9,} candles, {missing} missing: {path}\n")
    return path


async def fetch_all(
    exchange: Exchange,
    symbols: list[str],
    *,
    first_day: date | None,
    days: int,
    folder: Path,
    clock: Clock,
    rest_url: str = "",
) -> list[Path]:
    """Fetch the candles of whole UTC days, one symbol after the other."""
    today = clock.now().date()
    first = first_day or today - timedelta(days=days)
    last = min(first + timedelta(days=days), today)  # today's candles are not all closed
    async with PublicCandles(exchange, clock, rest_url=rest_url) as source:
        return [
            await fetch_symbol(
                source, symbol, since=_midnight(first), until=_midnight(last), folder=folder
            )
            for symbol in symbols
        ]


def _write(path: Path, rows: list[CandleRow]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with gzip.open(partial, "wt", encoding="ascii") as file:
        file.write(f"{HEADER}\n")
        file.writelines(f"{','.join(row)}\n" for row in rows)
    partial.replace(path)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> int:
    """Fetch what the command line asks for; 1 when the exchange did not give it."""
    parser = argparse.ArgumentParser(description="Fetch real 1-minute candles.")
    parser.add_argument("--exchange", choices=[one.value for one in Exchange], required=True)
    parser.add_argument("--symbols", required=True)
    parser.add_argument("--since", type=date.fromisoformat)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        asyncio.run(
            fetch_all(
                Exchange(options.exchange),
                [symbol.strip().upper() for symbol in options.symbols.split(",")],
                first_day=options.since,
                days=options.days,
                folder=options.out,
                clock=SystemClock(),
            )
        )
    except PatriotError as error:
        _show(f"\n  {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
