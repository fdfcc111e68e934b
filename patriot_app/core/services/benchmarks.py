"""Benchmarks: daily closes kept from our own candles, or imported from a file."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.benchmarks import (
    FROM_CANDLES,
    BenchmarkClose,
    check_name,
    read_closes,
)
from patriot_app.core.domain.events import BenchmarkImported
from patriot_app.core.unit_of_work import UnitOfWork

DAYS_BACK = 60
"""As long as candles are kept."""
DAYS_AGAIN = 2
"""The days whose close may still move."""

# A paper desk has prices of its own, so that its benchmark is another one.
_KEEP = text(
    """
    INSERT INTO benchmark_days (benchmark, day, close)
    SELECT k.name || CASE m.mode WHEN 'live' THEN '' ELSE ' ' || m.mode END, d.day, last.close
      FROM unnest(CAST(:names AS text[]), CAST(:symbols AS text[])) AS k(name, symbol)
     CROSS JOIN unnest(ARRAY['live', 'testnet', 'demo', 'paper']) AS m(mode)
     CROSS JOIN generate_series(CAST(:since AS timestamptz), CAST(:until AS timestamptz),
                                interval '1 day') AS g(began)
     CROSS JOIN LATERAL (SELECT (g.began AT TIME ZONE 'UTC')::date AS day) AS d
     CROSS JOIN LATERAL (
           SELECT c.close FROM candles AS c
            WHERE c.exchange = 'binance' AND c.mode = m.mode AND c.symbol = k.symbol
              AND c.opened_at >= g.began AND c.opened_at < g.began + interval '1 day'
            ORDER BY c.opened_at DESC LIMIT 1) AS last
    ON CONFLICT (benchmark, day) DO UPDATE SET close = excluded.close
     WHERE benchmark_days.close <> excluded.close
    """
)
_FORGET = text("DELETE FROM benchmark_days WHERE benchmark = :benchmark")
_ADD = text(
    """
    INSERT INTO benchmark_days (benchmark, day, close)
    SELECT :benchmark, given.day, given.close
      FROM json_to_recordset(CAST(:closes AS json)) AS given(day date, close numeric)
    """
)
_NEWEST = text("SELECT max(day) FROM benchmark_days WHERE benchmark = ANY(:kept)")


async def import_closes(uow: UnitOfWork, name: str, file: str) -> str:
    """Replace a benchmark's closes by those of a CSV file; return its name.

    Raises:
        Invalid: fields "name", "file" (naming row, column and rule).
    """
    benchmark = check_name(name)
    closes = read_closes(file)
    await uow.session.execute(_FORGET, {"benchmark": benchmark})
    await uow.session.execute(_ADD, {"benchmark": benchmark, "closes": _as_json(closes)})
    uow.record(
        BenchmarkImported(
            benchmark=benchmark,
            days=len(closes),
            first_day=closes[0].day.isoformat(),
            last_day=closes[-1].day.isoformat(),
        )
    )
    uow.touch("performance")
    return benchmark


async def keep_closes(uow: UnitOfWork, *, today: date) -> None:
    """Keep the closes of our candles: of the newest days, and of all that lack one.

    Args:
        today: in market time.
    """
    kept = [*FROM_CANDLES, *(f"{name} paper" for name in FROM_CANDLES)]
    newest = (await uow.session.execute(_NEWEST, {"kept": kept})).scalar_one()
    back = today - timedelta(days=DAYS_BACK)
    since = back if newest is None else max(back, newest - timedelta(days=DAYS_AGAIN))
    await uow.session.execute(
        _KEEP,
        {
            "names": list(FROM_CANDLES),
            "symbols": list(FROM_CANDLES.values()),
            "since": datetime.combine(since, time(), UTC),
            "until": datetime.combine(today, time(), UTC),
        },
    )


def _as_json(closes: Sequence[BenchmarkClose]) -> str:
    return to_json([{"day": one.day.isoformat(), "close": one.close} for one in closes])
