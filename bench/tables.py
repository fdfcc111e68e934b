"""How fast the console's tables answer at 1,000 accounts, 100,000 orders and 200 signals.

    python -m bench.tables [--accounts 1000] [--orders 100000] [--rounds 20]

Fills a database of its own on a server of its own, as the web role, and prints p50 and p95 per page
in milliseconds; the budget of a table query is 100 ms at p95.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.daily_returns import Period
from patriot_app.core.domain.permissions import STAFF_ROLES, SYSTEM, Actor
from patriot_app.core.queries import (
    accounts,
    billing,
    deployments,
    exceptions,
    fan_outs,
    key_health,
    live,
    orders,
    overview,
    performance,
    portfolio,
    positions,
    rankings,
    risk,
    signals,
    strategies,
    system,
    users,
)
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.performance import Segment, Subject, SubjectKind
from patriot_app.core.services import signal_outcomes
from patriot_app.core.unit_of_work import begin
from tests.database import database, running_server

OPERATOR = Actor(user_id=None, name="bench", roles=STAFF_ROLES, surface="console")
DESK = Subject(SubjectKind.DESK)
BUDGET_MS = 100.0
SIGNALS = 200

SEED = """
SET session_replication_role = replica;
INSERT INTO users (id, email, name, status, risk_profile, roles)
SELECT md5('u' || n)::uuid, 'u' || n || '@mail.example', 'Client ' || n, 'active', 'medium',
       ARRAY['customer'] FROM generate_series(1, {accounts}) AS n;
INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard)
SELECT md5('a' || n)::uuid, md5('u' || n)::uuid, CASE WHEN n % 10 < 7 THEN 'binance' ELSE 'bybit'
       END, 'paper', 'Account ' || n, 'active', n % 64 FROM generate_series(1, {accounts}) AS n;
INSERT INTO account_states (account_id, exchange, mode, exchange_uid, is_ready, wallet_balance,
       equity, unrealised_pnl, available_balance, initial_margin, maintenance_margin,
       day_opening_equity, peak_equity, observed_at)
SELECT md5('a' || n)::uuid, 'binance', 'paper', 'x' || n, true, 10000, 10000 + n, n, 9000, 1000,
       100, 10000, 11000, now() FROM generate_series(1, {accounts}) AS n;
INSERT INTO credentials (id, account_id, status, key_id, masked_key, fingerprint)
SELECT md5('k' || n)::uuid, md5('a' || n)::uuid, 'verified', 'k', 'abcd…wxyz', 'x'
  FROM generate_series(1, {accounts}) AS n;
INSERT INTO mandates (id, client_id, name, currency, time_zone, starts_at, opening_mark)
SELECT md5('m' || n)::uuid, md5('u' || n)::uuid, 'Mandate', 'USDT', 'UTC',
       now() - interval '60 days', 0 FROM generate_series(1, {accounts}) AS n;
INSERT INTO mandate_terms (id, mandate_id, rate, measure, withdrawal_policy, invoice_minimum,
       valid_from)
SELECT md5('t' || n)::uuid, md5('m' || n)::uuid, 0.3, 'prudent', 'dollar', 10,
       now() - interval '60 days'
  FROM generate_series(1, {accounts}) AS n;
INSERT INTO mandate_accounts (id, mandate_id, account_id, joined_at)
SELECT md5('j' || n)::uuid, md5('m' || n)::uuid, md5('a' || n)::uuid, now() - interval '60 days'
  FROM generate_series(1, {accounts}) AS n;
INSERT INTO strategies (id, name, kind) VALUES (md5('s')::uuid, 'Trend', 'ema_cross');
INSERT INTO strategy_versions (id, strategy_id, number, parameters)
VALUES (md5('v')::uuid, md5('s')::uuid, 1, '{{}}');
INSERT INTO deployments (id, name, strategy_id, version_id, reference_exchange, symbols, status)
VALUES (md5('d')::uuid, 'Trend', md5('s')::uuid, md5('v')::uuid, 'binance',
        ARRAY['BTCUSDT', 'ETHUSDT'], 'running');
INSERT INTO allocations (id, deployment_id, account_id, symbol, share)
SELECT md5('l' || n || s)::uuid, md5('d')::uuid, md5('a' || n)::uuid, s, 0.5
  FROM generate_series(1, {accounts}) AS n, unnest(ARRAY['BTCUSDT', 'ETHUSDT']) AS s;
INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price, realised_pnl,
       commission, deployment_id, opened_at)
SELECT md5('a' || n)::uuid, s, 'BOTH', 0.1, 50000, 0, 0, md5('d')::uuid, now()
  FROM generate_series(1, {accounts}) AS n, unnest(ARRAY['BTCUSDT', 'ETHUSDT']) AS s;
INSERT INTO signals (id, deployment_id, version_id, symbol, signal_key, parameter_hash, action,
       reference_exchange, reference_price, stop_loss, confidence, bar_closed_at, valid_until,
       created_at)
SELECT md5('g' || n)::uuid, md5('d')::uuid, md5('v')::uuid, 'BTCUSDT', n::text, '', 'open_long',
       'binance', 50000, 49000, 0.7, now(), now(), now() - n * interval '15 minutes'
  FROM generate_series(1, {signals}) AS n;
INSERT INTO fan_outs (signal_id, shard, state, accounts, finished_at)
SELECT md5('g' || n)::uuid, s, 'finished', {orders} / {signals} / 64, now() - interval '1 hour'
  FROM generate_series(1, {signals}) AS n, generate_series(0, 63) AS s;
INSERT INTO fan_out_accounts (signal_id, account_id, shard, place, decision, quantity, decided_at)
SELECT md5('g' || (n % {signals} + 1))::uuid, md5('a' || (n / {signals} % {accounts} + 1))::uuid,
       (n / {signals}) % 64, n / {signals}, 'planned', 0.1, now()
  FROM generate_series(0, {orders} - 1) AS n ON CONFLICT DO NOTHING;
INSERT INTO intents (id, account_id, exchange, symbol, shard, signal_id, deployment_id, leg, side,
       order_type, quantity, reduce_only, close_position, reserved_notional, state, attempt_count,
       created_at)
SELECT md5('i' || n)::uuid, md5('a' || (n / {signals} % {accounts} + 1))::uuid, 'binance',
       'BTCUSDT', 1, md5('g' || (n % {signals} + 1))::uuid, md5('d')::uuid, 'entry', 'BUY',
       'MARKET', 0.1, false, false, 0, 'done', 1, now() - n * interval '1 second'
  FROM generate_series(0, {orders} - 1) AS n;
INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state,
       filled_quantity, average_price, sending_at, acknowledged_at, resolved_at, created_at)
SELECT md5('o' || n)::uuid, md5('i' || n)::uuid, 1, 'ptp' || n,
       md5('a' || (n / {signals} % {accounts} + 1))::uuid, 1, 'filled', 0.1, 50000 + n % 7, now(),
       now(), now() - interval '1 hour', now() - n * interval '1 second' FROM generate_series(0, {orders} - 1) AS n;
INSERT INTO fills (id, exchange, account_id, symbol, exchange_trade_id, exchange_order_id,
       attempt_id, side, quantity, price, commission, commission_asset, is_maker, source,
       traded_at)
SELECT md5('f' || n)::uuid, 'binance', md5('a' || (n / {signals} % {accounts} + 1))::uuid,
       'BTCUSDT', n::text, n::text, md5('o' || n)::uuid, 'BUY', 0.1, 50000, 1, 'USDT', false,
       'stream', now() - n * interval '1 second' FROM generate_series(0, {orders} - 1) AS n;
INSERT INTO ledger_rows (id, account_id, row_type, exchange_row_id, asset, classification, amount,
       occurred_at)
SELECT md5('r' || n)::uuid, md5('a' || (n % {accounts} + 1))::uuid, 'REALIZED_PNL', n::text,
       'USDT', 'performance', 1, now() - n * interval '1 second'
  FROM generate_series(1, {orders}) AS n;
INSERT INTO equity_snapshots (account_id, resolution, taken_at, kind, equity, wallet_balance,
       unrealised_pnl, available_balance, initial_margin, net_flows)
SELECT md5('a' || n)::uuid, 'hour', date_trunc('hour', now()) - h * interval '1 hour',
       'scheduled', 10000 + h, 10000, h, 9000, 1000, 0
  FROM generate_series(1, {accounts}) AS n, generate_series(1, 168) AS h;
INSERT INTO equity_snapshots (account_id, resolution, taken_at, kind, equity, wallet_balance,
       unrealised_pnl, available_balance, initial_margin, net_flows)
SELECT md5('a' || n)::uuid, 'day', (current_date - d)::timestamp AT TIME ZONE 'UTC', 'scheduled',
       10000 + (d * 7919) % 500, 10000, 0, 9000, 1000, 0
  FROM generate_series(1, {accounts}) AS n, generate_series(0, 364) AS d;
INSERT INTO profit_days (account_id, day, strategy_id, realised, funding, commission)
SELECT md5('a' || n)::uuid, current_date - d, md5('s')::uuid, 10, -1, -2
  FROM generate_series(1, {accounts}) AS n, generate_series(0, 364) AS d;
INSERT INTO segment_days (day, strategy_id, exchange, mode, risk_profile, accounts, equity, flow,
       profit, capital, realised, funding, commission)
SELECT current_date - d, s, e, 'paper', r, 100, 1000000, 0, (d * 7919) % 500 - 200, 1000000, 10,
       -1, -2
  FROM generate_series(0, 364) AS d, unnest(ARRAY['binance', 'bybit']) AS e,
       unnest(ARRAY['low', 'medium', 'high']) AS r,
       unnest(ARRAY[md5('s')::uuid, '00000000-0000-0000-0000-000000000000'::uuid]) AS s;
"""


def pages(signal_id: Any, client_id: Any) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return what is measured, by name."""
    first = PageRequest()
    by_equity = PageRequest(sort="equity", descending=True)
    filled = PageRequest(filters={"state": "filled"}, page=40)
    return {
        "overview": lambda: overview.get(OPERATOR),
        "live figures": lambda: live.figures(OPERATOR),
        "exceptions": lambda: exceptions.page(OPERATOR, first),
        "clients by equity": lambda: users.page(OPERATOR, by_equity),
        "accounts by equity": lambda: accounts.page(OPERATOR, by_equity),
        "accounts, search": lambda: accounts.page(OPERATOR, PageRequest(search="nt 77")),
        "key health": lambda: key_health.page(OPERATOR, first),
        "key health, counts": lambda: key_health.counts(OPERATOR),
        "key health, older than 90 days": lambda: key_health.page(
            OPERATOR, PageRequest(filters={"age_over": "90"})
        ),
        "strategies": lambda: strategies.page(OPERATOR, first),
        "deployments": lambda: deployments.page(OPERATOR, first),
        "accounts to deploy to": lambda: deployments.account_choices(OPERATOR, ("BTCUSDT",), first),
        "signals": lambda: signals.page(OPERATOR, first),
        "fan-out grid": lambda: fan_outs.grid(OPERATOR, signal_id, first),
        "fan-out by slippage": lambda: fan_outs.grid(
            OPERATOR, signal_id, PageRequest(sort="slippage_bps")
        ),
        "orders": lambda: orders.page(OPERATOR, first),
        "orders, filtered, page 40": lambda: orders.page(OPERATOR, filled),
        "orders of a client": lambda: orders.page(
            OPERATOR, PageRequest(filters={"client_id": str(client_id)})
        ),
        "positions by profit": lambda: positions.page(OPERATOR, PageRequest(sort="unrealised_pnl")),
        "exposure by symbol": lambda: positions.by_symbol(OPERATOR),
        "risk usage": lambda: risk.usage(OPERATOR, first),
        "fees": lambda: billing.accruals(OPERATOR, first),
        "system": lambda: system.get(OPERATOR),
        "curve of a client": lambda: portfolio.equity_curve(
            OPERATOR, span=portfolio.Span.WEEK, client_id=client_id
        ),
        "year of the desk": lambda: performance.course(OPERATOR, DESK, Period.YEAR),
        "year of a client": lambda: performance.course(
            OPERATOR, Subject(SubjectKind.CLIENT, client_id), Period.YEAR
        ),
        "year by strategy, of a client": lambda: performance.attribution(
            OPERATOR, Subject(SubjectKind.CLIENT, client_id), Period.YEAR
        ),
        "strategies ranked": lambda: rankings.strategies(OPERATOR, Period.YEAR, Segment()),
        "clients who stay": lambda: rankings.cohorts(OPERATOR),
        "spread of fills": lambda: rankings.spreads(OPERATOR, first),
        "curve of the desk": lambda: portfolio.equity_curve(OPERATOR, span=portfolio.Span.WEEK),
    }


async def settle(url: str) -> None:
    """Keep what the signals came to, as the daemon does every minute."""
    engine = create_engine(url, process_name="bench", pool_size=1)
    use_engine(engine)
    for _ in range(SIGNALS // signal_outcomes.AT_ONCE):
        async with begin(SYSTEM) as uow:
            await signal_outcomes.settle(uow)
    use_engine(None)
    await engine.dispose()


async def measure(url: str, rounds: int, signal_id: Any, client_id: Any) -> bool:
    """Print p50 and p95 of each page; tell whether all keep the budget."""
    engine = create_engine(url, process_name="bench", pool_size=2)
    use_engine(engine)
    is_within = True
    print(f"{'page':<28}{'p50 ms':>10}{'p95 ms':>10}")
    for name, ask in pages(signal_id, client_id).items():
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            await ask()
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
        is_within = is_within and p95 <= BUDGET_MS
        print(f"{name:<28}{times[len(times) // 2]:>10.1f}{p95:>10.1f}")
    use_engine(None)
    await engine.dispose()
    return is_within


def main() -> int:
    """Seed, measure, report; 1 if a page is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with running_server() as server, database(server) as name:
        seed = SEED.format(accounts=options.accounts, orders=options.orders, signals=SIGNALS)
        server.execute(seed, database=name)
        server.execute("ANALYZE", database=name)
        with psycopg.connect(server.uri, dbname=name) as connection:
            row = connection.execute("SELECT md5('g1')::uuid, md5('u1')::uuid").fetchone()
        assert row is not None
        asyncio.run(settle(server.url("patriot_daemon", name)))
        is_within = asyncio.run(
            measure(server.url("patriot_web", name), options.rounds, row[0], row[1])
        )
    return 0 if is_within else 1


if __name__ == "__main__":
    raise SystemExit(main())
