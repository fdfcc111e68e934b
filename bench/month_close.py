"""How long the months of 10, 100 and 1,000 mandates take to close, in one run.

    nice -n -15 .venv/bin/python -m bench.month_close [--mandates 10 100 1000] [--rows 1000]

Each mandate covers one live account with a month of ledger rows, fills and the snapshots at both
ends; the daemon's own code closes all that is due, as the daemon's role, on a durable server of its
own. Prints wall and processor seconds, what one mandate costs, and the memory of this process after
each size: the cost must stay the same and the memory flat.
"""

import argparse
import asyncio
import resource
import time
from dataclasses import dataclass

import psycopg

from daemon.execution import months
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from tests.database import Server, database, running_server

SEED = """
SET session_replication_role = replica;
INSERT INTO users (id, email, name, status, risk_profile, roles)
SELECT md5('u' || n)::uuid, 'u' || n || '@mail.example', 'Client ' || n, 'active', 'medium',
       ARRAY['customer'] FROM generate_series(1, {mandates}) AS n;
INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard)
SELECT md5('a' || n)::uuid, md5('u' || n)::uuid, 'binance', 'live', 'Account ' || n, 'active',
       n % 64 FROM generate_series(1, {mandates}) AS n;
INSERT INTO mandates (id, client_id, name, currency, time_zone, starts_at, opening_mark)
SELECT md5('m' || n)::uuid, md5('u' || n)::uuid, 'Mandate', 'USDT', 'UTC', '2026-01-01Z', 0
  FROM generate_series(1, {mandates}) AS n;
INSERT INTO mandate_terms (id, mandate_id, rate, measure, withdrawal_policy, invoice_minimum,
       valid_from)
SELECT md5('t' || n)::uuid, md5('m' || n)::uuid, 0.3, 'prudent', 'dollar', 10, '2026-01-01Z'
  FROM generate_series(1, {mandates}) AS n;
INSERT INTO mandate_accounts (id, mandate_id, account_id, joined_at)
SELECT md5('j' || n)::uuid, md5('m' || n)::uuid, md5('a' || n)::uuid, '2026-01-01Z'
  FROM generate_series(1, {mandates}) AS n;
INSERT INTO ledger_cursors (account_id, cursor, complete_until, opening_wallet, tie_out_difference,
       tied_at)
SELECT md5('a' || n)::uuid, 'c', '2026-02-02Z', 10000, 0, now()
  FROM generate_series(1, {mandates}) AS n;
INSERT INTO ledger_rows (id, account_id, row_type, exchange_row_id, symbol, asset, classification,
       amount, occurred_at)
SELECT gen_random_uuid(), md5('a' || n)::uuid,
       (ARRAY['REALIZED_PNL', 'COMMISSION', 'FUNDING_FEE', 'COMMISSION'])[r % 4 + 1], r::text,
       'BTCUSDT', 'USDT', 'performance', ((r * 7919 + n) % 1000 - 480) / 100.0,
       timestamptz '2026-01-01Z' + r * (interval '31 days' / ({rows} + 1))
  FROM generate_series(1, {mandates}) AS n, generate_series(1, {rows}) AS r;
INSERT INTO fills (id, exchange, account_id, symbol, exchange_trade_id, exchange_order_id, side,
       quantity, price, commission, commission_asset, is_maker, source, traded_at)
SELECT gen_random_uuid(), 'binance', md5('a' || n)::uuid, 'BTCUSDT', r::text, r::text,
       CASE r % 2 WHEN 0 THEN 'BUY' ELSE 'SELL' END, 0.01, 50000, 0.2, 'USDT', false, 'stream',
       timestamptz '2026-01-01Z' + r * (interval '31 days' / ({rows} / 2 + 1))
  FROM generate_series(1, {mandates}) AS n, generate_series(1, {rows} / 2) AS r;
INSERT INTO equity_snapshots (account_id, resolution, taken_at, kind, equity, wallet_balance,
       unrealised_pnl, available_balance, initial_margin, net_flows)
SELECT md5('a' || n)::uuid, 'minute', at - interval '1 minute', 'scheduled', 10000, 10000, -5,
       10000, 0, 0
  FROM generate_series(1, {mandates}) AS n,
       unnest(ARRAY[timestamptz '2026-01-01Z', timestamptz '2026-02-01Z']) AS at;
INSERT INTO market_clock (id, wall_origin, market_origin, speed, is_paused, is_finished)
VALUES (1, now(), '2026-02-02Z', 1, true, false);
ANALYZE
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What closing all months of one size took.

    Attributes:
        memory_mb: the most that this process ever held.
    """

    mandates: int
    wall_s: float
    processor_s: float
    memory_mb: float

    def __str__(self) -> str:
        each = 1000 / self.mandates
        return (
            f"{self.mandates:>6} mandates: {self.wall_s:7.2f} s, {self.wall_s * each:6.1f} ms each;"
            f" processor of this process {self.processor_s * each:6.1f} ms each;"
            f" memory {self.memory_mb:.0f} MB"
        )


def seed(server: Server, name: str, *, mandates: int, rows: int) -> None:
    """Fill a database."""
    with psycopg.connect(server.uri, dbname=name, autocommit=True) as superuser:
        for statement in SEED.format(mandates=mandates, rows=rows).split(";\n"):
            superuser.execute(statement)  # type: ignore[call-overload]


async def measure(server: Server, name: str, mandates: int) -> Measured:
    """Close everything once."""
    engine = create_engine(
        server.url("patriot_daemon", name), process_name="bench", pool_size=months.CONCURRENT_MAX
    )
    use_engine(engine)
    clock = SystemClock()
    wall, processor = time.monotonic(), time.process_time()
    run = await months.close_due(clock, computed_before=clock.now(), until_s=wall + 3_600)
    measured = Measured(
        mandates,
        time.monotonic() - wall,
        time.process_time() - processor,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )
    assert run.failed == 0
    assert sum(run.periods.values()) == mandates
    assert "suspect_incomplete" not in {status.value for status in run.periods}
    use_engine(None)
    await engine.dispose()
    return measured


async def main() -> None:
    """Measure each size and compare the first with the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mandates", type=int, nargs="+", default=[10, 100, 1_000])
    parser.add_argument("--rows", type=int, default=1_000)
    options = parser.parse_args()
    found = []
    with running_server(is_durable=True) as server:
        for mandates in options.mandates:
            with database(server) as name:
                seed(server, name, mandates=mandates, rows=options.rows)
                found.append(await measure(server, name, mandates))
                print(found[-1], flush=True)
    first, last = found[0], found[-1]
    wall = (last.wall_s / last.mandates) / (first.wall_s / first.mandates)
    processor = (last.processor_s / last.mandates) / (first.processor_s / first.mandates)
    print(
        f"a mandate among {last.mandates} costs {wall:.2f} of one among {first.mandates}"
        f" (processor {processor:.2f}); memory grew by {last.memory_mb - first.memory_mb:.0f} MB"
    )


if __name__ == "__main__":
    asyncio.run(main())
