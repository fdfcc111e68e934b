"""Builders of rows for tests of services and queries, as the console or the daemon would write.

What the console does goes through its services; what the daemon reports is inserted under its role.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor, Role
from patriot_app.core.ids import new_id
from patriot_app.core.services import accounts, deployments, mandates, strategies, users
from patriot_app.core.unit_of_work import begin
from tests.database import Server

OPERATOR = Actor(user_id=None, name="Operator", roles=STAFF_ROLES, surface="console")
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def customer(client_id: UUID) -> Actor:
    """Return a client as he acts in the portal."""
    return Actor(
        user_id=client_id, name="Client", roles=frozenset({Role.CUSTOMER}), surface="portal"
    )


async def make_client(*, name: str = "Ada", approved: bool = True) -> UUID:
    """Enter a client with an address of his own."""
    async with begin(OPERATOR) as uow:
        client_id = await users.create_client(
            uow, email=f"{name.lower().replace(' ', '.')}.{uuid4().hex[:8]}@mail.example", name=name
        )
        if approved:
            await users.approve(uow, client_id)
    return client_id


async def make_account(
    client_id: UUID | None = None,
    *,
    exchange: Exchange = Exchange.BINANCE,
    mode: AccountMode = AccountMode.PAPER,
    label: str = "",
) -> UUID:
    """Open an account; without a client, for a new one."""
    owner = client_id or await make_client()
    async with begin(OPERATOR) as uow:
        return await accounts.open_account(
            uow,
            client_id=owner,
            exchange=exchange,
            mode=mode,
            label=label or f"Account {uuid4().hex[:8]}",
        )


async def make_version(*, kind: str = "ema_cross") -> UUID:
    """Create a strategy and return its first version."""
    async with begin(OPERATOR) as uow:
        _, version_id = await strategies.create(
            uow, name=f"Strategy {uuid4().hex[:8]}", kind=kind, parameters={}
        )
    return version_id


async def make_deployment(
    account_ids: Sequence[UUID],
    *,
    symbols: Sequence[str] = ("BTCUSDT",),
    version_id: UUID | None = None,
    kind: str = "ema_cross",
    name: str = "",
) -> UUID:
    """Start a deployment on accounts with a whole share each; instruments must be there."""
    version = version_id or await make_version(kind=kind)
    async with begin(OPERATOR) as uow:
        deployment_id = await deployments.create(
            uow,
            name=name or f"Deployment {uuid4().hex[:8]}",
            version_id=version,
            reference_exchange=Exchange.BINANCE,
            symbols=symbols,
            shares=dict.fromkeys(account_ids, Decimal(1)),
        )
        await deployments.start(uow, deployment_id)
    return deployment_id


async def make_mandate(
    client_id: UUID, account_ids: Sequence[UUID], *, rate: str = "0.3", **overrides: Any
) -> UUID:
    """Sign a mandate that began before anything happened."""
    async with begin(OPERATOR) as uow:
        return await mandates.sign(
            uow,
            client_id=client_id,
            name="Mandate",
            account_ids=account_ids,
            rate=Decimal(rate),
            starts_at=overrides.pop("starts_at", datetime(2026, 1, 1, tzinfo=UTC)),
            **overrides,
        )


class DaemonRows:
    """Inserts rows as the daemon's role; each builder fills what the test does not care about."""

    def __init__(self, server: Server, database: str) -> None:
        self._url = server.url("patriot_daemon", database).replace("+psycopg", "")

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Insert one row; dicts and lists of dicts become JSON."""
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.Identifier(name) for name in row),
            sql.SQL(", ").join(sql.Placeholder() for _ in row),
        )
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement, [_adapted(value) for value in row.values()])

    def execute(self, statement: str, *values: Any) -> None:
        """Run a statement that a builder has no word for."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement, values)  # type: ignore[arg-type]

    def instrument(self, symbol: str = "BTCUSDT", *, exchange: str = "binance") -> None:
        """List a contract; listing it again changes nothing."""
        self.execute(
            "INSERT INTO instruments (exchange, symbol, base, quote, tick_size, step_size,"
            " quantity_min, quantity_max, market_quantity_max, min_notional, contract_size,"
            " leverage_max, brackets, is_trading, refreshed_at) VALUES (%s, %s, %s, 'USDT', 0.1,"
            " 0.001, 0.001, 1000, 120, 5, 1, 125, %s, true, now()) ON CONFLICT DO NOTHING",
            exchange,
            symbol,
            symbol.removesuffix("USDT"),
            Jsonb([{"notional_floor": "0", "notional_cap": "1000000", "leverage_max": 50}]),
        )

    def state(self, account_id: UUID, **overrides: Any) -> None:
        """Report a healthy account with 10,000 USDT."""
        row = {
            "account_id": account_id,
            "exchange": "binance",
            "mode": "paper",
            "exchange_uid": uuid4().hex[:12],
            "is_ready": True,
            "wallet_balance": Decimal(10_000),
            "equity": Decimal(10_000),
            "unrealised_pnl": Decimal(0),
            "available_balance": Decimal(9_000),
            "initial_margin": Decimal(1_000),
            "maintenance_margin": Decimal(100),
            "day_opening_equity": Decimal(10_000),
            "peak_equity": Decimal(10_000),
            "observed_at": datetime.now(UTC),
        }
        self.insert("account_states", row | overrides)

    def position(self, account_id: UUID, **overrides: Any) -> None:
        """Report a long position of half a bitcoin."""
        row = {
            "account_id": account_id,
            "symbol": "BTCUSDT",
            "position_side": "BOTH",
            "quantity": Decimal("0.5"),
            "entry_price": Decimal(50_000),
            "realised_pnl": Decimal(0),
            "commission": Decimal(0),
            "opened_at": NOON,
        }
        self.insert("positions", row | overrides)

    def signal(self, deployment_id: UUID, version_id: UUID, **overrides: Any) -> UUID:
        """Record a long signal at 50,000."""
        signal_id = new_id()
        row = {
            "id": signal_id,
            "deployment_id": deployment_id,
            "version_id": version_id,
            "symbol": "BTCUSDT",
            "signal_key": uuid4().hex,
            "parameter_hash": "",
            "action": "open_long",
            "reference_exchange": "binance",
            "reference_price": Decimal(50_000),
            "stop_loss": Decimal(49_000),
            "confidence": Decimal("0.7"),
            "bar_closed_at": NOON,
            "valid_until": NOON,
        }
        self.insert("signals", row | overrides)
        return signal_id

    def fan_out_account(self, signal_id: UUID, account_id: UUID, **overrides: Any) -> None:
        """Decide that an account trades."""
        row = {
            "signal_id": signal_id,
            "account_id": account_id,
            "shard": 1,
            "place": 1,
            "decision": "planned",
            "quantity": Decimal("0.5"),
            "decided_at": datetime.now(UTC),
        }
        self.insert("fan_out_accounts", row | overrides)

    def intent(self, account_id: UUID, **overrides: Any) -> UUID:
        """Want to buy half a bitcoin at market."""
        intent_id = overrides.pop("id", None) or uuid4()
        row = {
            "id": intent_id,
            "account_id": account_id,
            "exchange": "binance",
            "symbol": "BTCUSDT",
            "shard": 1,
            "leg": "entry",
            "side": "BUY",
            "order_type": "MARKET",
            "quantity": Decimal("0.5"),
            "reduce_only": False,
            "close_position": False,
            "reserved_notional": Decimal(25_000),
            "state": "executing",
            "attempt_count": 1,
        }
        self.insert("intents", row | overrides)
        return intent_id

    def attempt(self, intent_id: UUID, account_id: UUID, **overrides: Any) -> UUID:
        """Have sent the order of an intent."""
        attempt_id = new_id()
        row = {
            "id": attempt_id,
            "intent_id": intent_id,
            "number": 1,
            "client_order_id": f"ptp{uuid4().hex[:24]}-1",
            "account_id": account_id,
            "shard": 1,
            "state": "open",
            "sending_at": datetime.now(UTC),
        }
        self.insert("attempts", row | overrides)
        return attempt_id

    def fill(self, account_id: UUID, attempt_id: UUID | None, **overrides: Any) -> UUID:
        """Report a trade of half a bitcoin at 50,010."""
        fill_id = new_id()
        row = {
            "id": fill_id,
            "exchange": "binance",
            "account_id": account_id,
            "symbol": "BTCUSDT",
            "exchange_trade_id": uuid4().hex[:16],
            "exchange_order_id": uuid4().hex[:16],
            "attempt_id": attempt_id,
            "side": "BUY",
            "quantity": Decimal("0.5"),
            "price": Decimal(50_010),
            "commission": Decimal(10),
            "commission_asset": "USDT",
            "realised_pnl": Decimal(0),
            "is_maker": False,
            "source": "stream",
            "traded_at": NOON,
        }
        self.insert("fills", row | overrides)
        return fill_id

    def ledger_row(self, account_id: UUID, row_type: str, amount: str, **overrides: Any) -> None:
        """Report a money row; its class follows from its type where the test names none."""
        classes = {"TRANSFER": "external_flow", "WELCOME_BONUS": "neutral"}
        row = {
            "id": new_id(),
            "account_id": account_id,
            "row_type": row_type,
            "exchange_row_id": uuid4().hex[:16],
            "asset": "USDT",
            "classification": classes.get(row_type, "performance"),
            "amount": Decimal(amount),
            "occurred_at": NOON,
        }
        self.insert("ledger_rows", row | overrides)

    def snapshot(self, account_id: UUID, taken_at: datetime, equity: str, **overrides: Any) -> None:
        """Snapshot an account's equity."""
        row = {
            "account_id": account_id,
            "resolution": "minute",
            "taken_at": taken_at,
            "kind": "scheduled",
            "equity": Decimal(equity),
            "wallet_balance": Decimal(equity),
            "unrealised_pnl": Decimal(0),
            "available_balance": Decimal(equity),
            "initial_margin": Decimal(0),
            "net_flows": Decimal(0),
        }
        self.insert("equity_snapshots", row | overrides)


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
