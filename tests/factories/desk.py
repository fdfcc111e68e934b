"""A desk ready to trade: many accounts with money, keys, a running deployment and held leases.

Written by the superuser in a few statements, so that a test or a benchmark has a thousand accounts
at once. What the code under test writes, it writes under its own role.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import Signal
from patriot_app.core.services import signals
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.market import make_signal

OWNER = "tests"
EPOCH = 7
INSTANCE_KEY = b"0" * 32


@dataclass(frozen=True)
class Desk:
    """What was written.

    Attributes:
        shards: by account.
    """

    server: Server
    database: str
    accounts: tuple[UUID, ...]
    shards: dict[UUID, int]
    deployment_id: UUID
    version_id: UUID
    strategy_id: UUID
    client_id: UUID

    @property
    def all_shards(self) -> list[int]:
        return sorted(set(self.shards.values()))

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement as the superuser; return its rows, if it has any."""
        with psycopg.connect(self.server.uri, dbname=self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def halt(self, scope: str, scope_id: object = "", *, state: str = "halted") -> None:
        """Raise a halt."""
        self.execute(
            "INSERT INTO halts (id, scope, scope_id, state, reason) VALUES (%s, %s, %s, %s, '')",
            uuid4(),
            scope,
            str(scope_id),
            state,
        )

    def lift(self) -> None:
        """Lift every halt."""
        self.execute("UPDATE halts SET lifted_at = now() WHERE lifted_at IS NULL")

    def lease(self, *, owner: str = OWNER, epoch: int = EPOCH, ttl_s: float = 3_600) -> None:
        """Give all shards of the desk to an owner."""
        self.execute(
            "INSERT INTO shard_leases (shard, owner, epoch, expires_at)"
            " SELECT shard, %s, %s, clock_timestamp() + make_interval(secs => %s)"
            " FROM unnest(%s::smallint[]) AS shard ON CONFLICT (shard) DO UPDATE"
            " SET owner = excluded.owner, epoch = excluded.epoch,"
            " expires_at = excluded.expires_at, released_at = NULL",
            owner,
            epoch,
            ttl_s,
            self.all_shards,
        )

    async def signal(self, *, ttl_s: float = 60, **overrides: object) -> UUID:
        """Record a signal of the deployment; long at 50,000 if nothing else is said."""
        signal: Signal = make_signal(**{"key": uuid4().hex, **overrides})
        async with begin(SYSTEM) as uow:
            signal_id = await signals.record(
                uow,
                deployment_id=self.deployment_id,
                version_id=self.version_id,
                signal=signal,
                valid_until=SystemClock().now() + timedelta(seconds=ttl_s),
            )
        assert signal_id is not None
        return signal_id

    def states(self) -> dict[str, int]:
        """Return how many attempts are in which state."""
        rows = self.execute(
            "SELECT state, count(*) FROM attempts WHERE account_id = ANY(%s) GROUP BY state",
            list(self.accounts),
        )
        return {str(state): int(str(count)) for state, count in rows}


def make_desk(
    server: Server,
    database: str,
    *,
    accounts: int = 3,
    exchanges: Sequence[Exchange] = (Exchange.BINANCE,),
    symbols: Sequence[str] = ("BTCUSDT",),
    source_addresses: int = 1,
    equity: Decimal = Decimal(10_000),
    shards: int = 4,
    mode: AccountMode = AccountMode.PAPER,
) -> Desk:
    """Write a desk whose accounts take the exchanges in turn."""
    client, strategy, version, deployment = (uuid4() for _ in range(4))
    ids = tuple(sorted(uuid4() for _ in range(accounts)))
    places = range(accounts)
    exchange_of = [exchanges[i % len(exchanges)].value for i in places]
    desk = Desk(
        server=server,
        database=database,
        accounts=ids,
        shards={account: i % shards for i, account in enumerate(ids)},
        deployment_id=deployment,
        version_id=version,
        strategy_id=strategy,
        client_id=client,
    )
    addresses = [
        f"127.0.0.{2 + i % source_addresses}" if source_addresses > 1 else "" for i in places
    ]
    desk.execute(
        "INSERT INTO users (id, email, name, status, risk_profile, roles)"
        " VALUES (%s, %s, 'Client', 'active', 'medium', '{customer}')",
        client,
        f"{client.hex}@mail.example",
    )
    desk.execute(
        "INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard, source_address)"
        " SELECT id, %s, exchange, %s, id::text, 'active', shard, address"
        " FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::text[])"
        " AS given(id, exchange, shard, address)",
        client,
        mode,
        list(ids),
        exchange_of,
        [desk.shards[account] for account in ids],
        addresses,
    )
    desk.execute(
        "INSERT INTO account_states (account_id, exchange, mode, exchange_uid, is_ready,"
        " wallet_balance, equity, unrealised_pnl, available_balance, initial_margin,"
        " maintenance_margin, day_opening_equity, day_started_at, peak_equity, observed_at)"
        " SELECT id, exchange, mode, id::text, true, %s, %s, 0, %s, 0, 0, %s, now(), %s, now()"
        " FROM accounts WHERE client_id = %s",
        *([equity] * 5),
        client,
    )
    desk.execute(
        "INSERT INTO credentials (id, account_id, status, key_id, masked_key, fingerprint)"
        " SELECT gen_random_uuid(), id, 'verified', 'test', 'abc…', ''"
        " FROM accounts WHERE client_id = %s",
        client,
    )
    _deploy(desk, strategy, symbols)
    for exchange in set(exchange_of):
        for symbol in symbols:
            _list(desk, exchange, symbol)
    desk.lease()
    return desk


def _deploy(desk: Desk, strategy: UUID, symbols: Sequence[str]) -> None:
    desk.execute(
        "INSERT INTO strategies (id, name, kind) VALUES (%s, %s, 'ema_cross')",
        strategy,
        strategy.hex,
    )
    desk.execute(
        "INSERT INTO strategy_versions (id, strategy_id, number, parameters)"
        " VALUES (%s, %s, 1, %s)",
        desk.version_id,
        strategy,
        Jsonb({"risk_per_trade": "0.01", "leverage": "10"}),
    )
    desk.execute(
        "INSERT INTO deployments (id, name, strategy_id, version_id, reference_exchange, symbols,"
        " status) VALUES (%s, %s, %s, %s, 'binance', %s, 'running')",
        desk.deployment_id,
        desk.deployment_id.hex,
        strategy,
        desk.version_id,
        list(symbols),
    )
    desk.execute(
        "INSERT INTO allocations (id, deployment_id, account_id, symbol, share)"
        " SELECT gen_random_uuid(), %s, account, symbol, 1"
        " FROM unnest(%s::uuid[]) AS account, unnest(%s::text[]) AS symbol",
        desk.deployment_id,
        list(desk.accounts),
        list(symbols),
    )


def _list(desk: Desk, exchange: str, symbol: str) -> None:
    desk.execute(
        "INSERT INTO instruments (exchange, symbol, base, quote, tick_size, step_size,"
        " quantity_min, quantity_max, market_quantity_max, min_notional, contract_size,"
        " leverage_max, brackets, is_trading, refreshed_at) VALUES (%s, %s, %s, 'USDT', 0.1,"
        " 0.001, 0.001, 1000, 120, 5, 1, 125, '[]', true, %s) ON CONFLICT DO NOTHING",
        exchange,
        symbol,
        symbol.removesuffix("USDT"),
        datetime.now(UTC),
    )
