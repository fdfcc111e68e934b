"""The desk that every world begins with: accounts with sealed keys, one running deployment."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from psycopg.types.json import Jsonb

from daemon.vault import API_KEY, API_SECRET, SealedCredential, sealing_context
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.ids import derived_id
from patriot_app.core.sealing import SealedBox, generate_keypair, seal
from tests.simulation.prices import SYMBOLS

INSTANCE_KEY = b"0" * 32
PRIVATE_KEY, _PUBLIC_KEY = generate_keypair()
SHARDS = 2

CLIENT = derived_id("simulation", "client")
STRATEGY = derived_id("simulation", "strategy")
VERSION = derived_id("simulation", "version")
VERSION_WITH_EXITS = derived_id("simulation", "version", "exits")
DEPLOYMENT = derived_id("simulation", "deployment")
EXITS = {
    "trailing": "percent",
    "trailing_activation": "0.003",
    "trailing_callback": "0.004",
    "partial_trigger": "0.15",
    "partial_close": "0.5",
    "partial_stop": "0.05",
    "break_even": "0.25",
}
"""Settings of a strategy whose stops follow the price, near enough for a minute to be full of it."""
Execute = Callable[..., object]


@dataclass(frozen=True, slots=True)
class SimAccount:
    """One account; its id in hex is its API key."""

    id: UUID
    exchange: Exchange
    shard: int
    balance: Decimal

    @property
    def key(self) -> str:
        return self.id.hex

    @property
    def secret(self) -> str:
        return f"secret-{self.id.hex}"


def _account(number: int, exchange: Exchange, shard: int, balance: int) -> SimAccount:
    return SimAccount(
        derived_id("simulation", "account", number), exchange, shard, Decimal(balance)
    )


ACCOUNTS = (
    _account(1, Exchange.BINANCE, 0, 40_000),
    _account(2, Exchange.BYBIT, 0, 40_000),
    _account(3, Exchange.BINANCE, 1, 10_000),
    _account(4, Exchange.BYBIT, 1, 10_000),
)
BY_KEY = {account.key: account for account in ACCOUNTS}
BY_ID = {account.id: account for account in ACCOUNTS}


def write_desk(execute: Execute) -> None:
    """Write the rows that the console's services would have written."""
    execute(
        "INSERT INTO users (id, email, name, status, risk_profile, roles)"
        " VALUES (%s, 'client@mail.example', 'Client', 'active', 'medium', '{customer}')",
        CLIENT,
    )
    execute("INSERT INTO strategies (id, name, kind) VALUES (%s, 'Own', 'ema_cross')", STRATEGY)
    execute(
        "INSERT INTO strategy_versions (id, strategy_id, number, parameters)"
        " VALUES (%s, %s, 1, %s)",
        VERSION,
        STRATEGY,
        Jsonb({"risk_per_trade": "0.01", "leverage": "10"}),
    )
    execute(
        "INSERT INTO strategy_versions (id, strategy_id, number, parameters)"
        " VALUES (%s, %s, 2, %s)",
        VERSION_WITH_EXITS,
        STRATEGY,
        Jsonb({"risk_per_trade": "0.01", "leverage": "10", **EXITS}),
    )
    execute(
        "INSERT INTO deployments (id, name, strategy_id, version_id, reference_exchange, symbols,"
        " status) VALUES (%s, 'Own', %s, %s, 'binance', %s, 'running')",
        DEPLOYMENT,
        STRATEGY,
        VERSION,
        list(SYMBOLS),
    )
    for account in ACCOUNTS:
        _write_account(execute, account)


def _write_account(execute: Execute, account: SimAccount) -> None:
    execute(
        "INSERT INTO accounts (id, client_id, exchange, mode, label, status, shard, source_address)"
        " VALUES (%s, %s, %s, 'paper', %s, 'active', %s, '')",
        account.id,
        CLIENT,
        account.exchange.value,
        str(account.id),
        account.shard,
    )
    execute(
        "INSERT INTO account_states (account_id, exchange, mode, exchange_uid, is_ready,"
        " wallet_balance, equity, unrealised_pnl, available_balance, initial_margin,"
        " maintenance_margin, day_opening_equity, day_started_at, peak_equity, observed_at)"
        " VALUES (%s, %s, 'paper', %s, false, %s, %s, 0, %s, 0, 0, %s, now(), %s, now())",
        account.id,
        account.exchange.value,
        account.key,
        *([account.balance] * 5),
    )
    for symbol in SYMBOLS:
        execute(
            "INSERT INTO allocations (id, deployment_id, account_id, symbol, share)"
            " VALUES (%s, %s, %s, %s, 1)",
            derived_id("simulation", "allocation", account.id, symbol),
            DEPLOYMENT,
            account.id,
            symbol,
        )
    _write_credential(execute, account)


def _write_credential(execute: Execute, account: SimAccount) -> None:
    record = derived_id("simulation", "credential", account.id)
    key, secret = _sealed(account, record, API_KEY), _sealed(account, record, API_SECRET)
    execute(
        "INSERT INTO credentials (id, account_id, status, key_id, masked_key, fingerprint,"
        " api_key_data_key, api_key_nonce, api_key_ciphertext, api_secret_data_key,"
        " api_secret_nonce, api_secret_ciphertext, checked_at)"
        " VALUES (%s, %s, 'verified', %s, 'abc…', '', %s, %s, %s, %s, %s, %s, now())",
        record,
        account.id,
        key.key_id,
        *(key.data_key, key.nonce, key.ciphertext),
        *(secret.data_key, secret.nonce, secret.ciphertext),
    )


def _sealed(account: SimAccount, record: UUID, name: str) -> SealedBox:
    empty = SealedBox(key_id="", data_key=b"", nonce=b"", ciphertext=b"")
    bound_to = SealedCredential(account.exchange.value, str(account.id), str(record), empty, empty)
    value = account.key if name == API_KEY else account.secret
    return seal(_PUBLIC_KEY, value, context=sealing_context(bound_to, name))
