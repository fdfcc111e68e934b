"""What the daemon needs to know of the desk: accounts, keys, deployments, bars."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import MarketClock, identity_market_clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.halts import HaltScope
from patriot_app.core.domain.instruments import Instrument, LeverageBracket
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries.reader import reading
from patriot_app.core.sealing import SealedBox


@dataclass(frozen=True, slots=True)
class SealedCredential:
    """One key as the vault opens it."""

    credential_id: UUID
    account_id: UUID
    client_id: UUID
    exchange: Exchange
    mode: AccountMode
    shard: int
    source_address: str
    status: str
    masked_key: str
    created_by: UUID | None
    client_consent: str
    api_key: SealedBox
    api_secret: SealedBox


@dataclass(frozen=True, slots=True)
class RunningDeployment:
    """A deployment whose strategy is to be asked at each bar.

    Attributes:
        mode: of its accounts; the candles of the reference exchange in that mode decide.
    """

    deployment_id: UUID
    version_id: UUID
    kind: str
    parameters: dict[str, Any]
    reference_exchange: Exchange
    mode: AccountMode
    symbols: tuple[str, ...]
    accounts: int


@dataclass(frozen=True, slots=True)
class PositionBreak:
    """A position on which we and the exchange do not agree; observed_at is wall time."""

    account_id: UUID
    symbol: str
    quantity: Decimal
    exchange_quantity: Decimal
    observed_at: datetime


_CREDENTIAL = """
    SELECT c.id, c.account_id, a.client_id, a.exchange, a.mode, a.shard, a.source_address,
           c.status, c.masked_key, c.created_by, c.client_consent, c.key_id, c.api_key_data_key,
           c.api_key_nonce, c.api_key_ciphertext, c.api_secret_data_key, c.api_secret_nonce,
           c.api_secret_ciphertext
      FROM credentials AS c JOIN accounts AS a ON a.id = c.account_id
     WHERE c.api_key_ciphertext IS NOT NULL
"""
_DEPLOYMENTS = text(
    """
    SELECT d.id, d.version_id, s.kind, v.parameters, d.reference_exchange, d.symbols,
           m.mode, m.accounts
      FROM deployments AS d
      JOIN strategies AS s ON s.id = d.strategy_id
      JOIN strategy_versions AS v ON v.id = d.version_id
      JOIN LATERAL (
           SELECT a.mode, count(DISTINCT a.id) AS accounts
             FROM allocations AS al JOIN accounts AS a ON a.id = al.account_id
            WHERE al.deployment_id = d.id AND al.released_at IS NULL
            GROUP BY a.mode ORDER BY count(*) DESC LIMIT 1) AS m ON true
     WHERE (CAST(:id AS uuid) IS NULL AND d.status = 'running') OR d.id = :id
     ORDER BY d.id
    """
)
_CANDLES = text(
    """
    SELECT opened_at, opened_at + interval '1 minute' AS closed_at, open, high, low, close, volume
      FROM candles
     WHERE exchange = :exchange AND mode = :mode AND symbol = :symbol AND opened_at < :before
     ORDER BY opened_at DESC LIMIT :count
    """
)


async def credentials_of_shards(shards: Sequence[int]) -> list[SealedCredential]:
    """Return the usable keys of the accounts in some shards."""
    statement = text(
        _CREDENTIAL + " AND c.status IN ('verified', 'quarantined') AND a.shard = ANY(:shards)"
        " AND a.status <> 'disabled' ORDER BY a.id"
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards)})
        return [_credential(row) for row in rows]


async def credential(credential_id: UUID) -> SealedCredential | None:
    """Return one key while it can still be opened."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(_CREDENTIAL + " AND c.id = :credential_id"), {"credential_id": credential_id}
        )
        row = rows.first()
        return None if row is None else _credential(row)


async def credential_of_account(account_id: UUID) -> SealedCredential | None:
    """Return the verified key of an account."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(_CREDENTIAL + " AND c.status = 'verified' AND c.account_id = :account_id"),
            {"account_id": account_id},
        )
        row = rows.first()
        return None if row is None else _credential(row)


async def running_deployments() -> list[RunningDeployment]:
    """Return the deployments to ask at each bar."""
    return await _deployments(None)


async def deployment(deployment_id: UUID) -> RunningDeployment | None:
    """Return one deployment that has accounts, running or not."""
    found = await _deployments(deployment_id)
    return found[0] if found else None


async def last_action(deployment_id: UUID, symbol: str) -> SignalAction | None:
    """Return what the newest signal of a deployment on a symbol wanted."""
    async with reading(SYSTEM) as session:
        row = (
            await session.execute(
                text(
                    "SELECT action FROM signals WHERE deployment_id = :id AND symbol = :symbol"
                    " ORDER BY created_at DESC LIMIT 1"
                ),
                {"id": deployment_id, "symbol": symbol},
            )
        ).first()
    return None if row is None else SignalAction(row.action)


async def markets_in_use() -> dict[tuple[Exchange, AccountMode], tuple[str, ...]]:
    """Return the symbols to watch per exchange and mode: deployed, or held in a position."""
    statement = text(
        """
        SELECT a.exchange, a.mode, al.symbol
          FROM allocations AS al JOIN accounts AS a ON a.id = al.account_id
         WHERE al.released_at IS NULL
        UNION
        SELECT a.exchange, a.mode, p.symbol
          FROM positions AS p JOIN accounts AS a ON a.id = p.account_id WHERE p.quantity <> 0
        UNION
        SELECT d.reference_exchange, a.mode, al.symbol
          FROM allocations AS al JOIN accounts AS a ON a.id = al.account_id
          JOIN deployments AS d ON d.id = al.deployment_id
         WHERE al.released_at IS NULL
         ORDER BY 1, 2, 3
        """
    )
    found: dict[tuple[Exchange, AccountMode], tuple[str, ...]] = {}
    async with reading(SYSTEM) as session:
        for row in await session.execute(statement):
            key = Exchange(row.exchange), AccountMode(row.mode)
            found[key] = (*found.get(key, ()), row.symbol)
    return found


async def exchanges_in_use() -> list[tuple[Exchange, AccountMode]]:
    """Return where accounts are."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            text(
                "SELECT DISTINCT exchange, mode FROM accounts WHERE status <> 'disabled'"
                " ORDER BY 1, 2"
            )
        )
        return [(Exchange(row.exchange), AccountMode(row.mode)) for row in rows]


async def accounts_due(
    shards: Sequence[int], *, seen_before: datetime, synced_before: datetime, count: int
) -> list[UUID]:
    """Return accounts not seen, or not completely read, since a wall time; oldest first."""
    statement = text(
        """
        SELECT state.account_id FROM account_states AS state
          JOIN accounts AS a ON a.id = state.account_id
         WHERE a.shard = ANY(:shards) AND a.status <> 'disabled'
           AND (state.observed_at IS NULL OR state.observed_at < :seen_before
                OR state.synced_at IS NULL OR state.synced_at < :synced_before)
         ORDER BY state.observed_at NULLS FIRST LIMIT :count
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            statement,
            {
                "shards": list(shards),
                "seen_before": seen_before,
                "synced_before": synced_before,
                "count": count,
            },
        )
        return [row.account_id for row in rows]


async def ledgers_due(
    shards: Sequence[int],
    *,
    moved: Collection[UUID],
    moved_before: datetime,
    read_before: datetime,
    count: int,
) -> list[UUID]:
    """Return accounts whose ledger is due, longest ago first.

    Args:
        moved: accounts with news; due if read before `moved_before` (wall time).
        read_before: wall time; a ledger read before it is due without news.
    """
    statement = text(
        """
        SELECT a.id FROM accounts AS a LEFT JOIN ledger_cursors AS c ON c.account_id = a.id
         WHERE a.shard = ANY(:shards) AND a.status <> 'disabled'
           AND (c.read_at IS NULL OR c.read_at < :read_before
                OR (a.id = ANY(:moved) AND c.read_at < :moved_before))
         ORDER BY c.read_at NULLS FIRST LIMIT :count
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            statement,
            {
                "shards": list(shards),
                "moved": list(moved),
                "moved_before": moved_before,
                "read_before": read_before,
                "count": count,
            },
        )
        return [row.id for row in rows]


async def accounts_in_scope(shard: int, *, scope: HaltScope, scope_id: str) -> list[UUID]:
    """Return the accounts of a shard that a halt's scope covers."""
    covered = {
        HaltScope.DESK: "true",
        HaltScope.EXCHANGE: "a.exchange = :scope_id",
        HaltScope.CLIENT: "a.client_id::text = :scope_id",
        HaltScope.ACCOUNT: "a.id::text = :scope_id",
        HaltScope.STRATEGY: "EXISTS (SELECT 1 FROM allocations AS al JOIN deployments AS d"
        " ON d.id = al.deployment_id WHERE al.account_id = a.id AND al.released_at IS NULL"
        " AND d.strategy_id::text = :scope_id)",
    }[scope]
    statement = text(f"SELECT a.id FROM accounts AS a WHERE a.shard = :shard AND {covered}")  # noqa: S608
    bound = {"shard": shard} | ({} if scope is HaltScope.DESK else {"scope_id": scope_id})
    async with reading(SYSTEM) as session:
        return [row.id for row in await session.execute(statement, bound)]


async def position_breaks(shards: Sequence[int]) -> list[PositionBreak]:
    """Return positions whose fills do not add up to what the exchange shows, nothing in flight."""
    statement = text(
        """
        SELECT p.account_id, p.symbol, p.quantity, p.exchange_quantity, p.observed_at
          FROM positions AS p JOIN accounts AS a ON a.id = p.account_id
         WHERE a.shard = ANY(:shards) AND p.exchange_quantity IS NOT NULL
           AND p.quantity <> p.exchange_quantity AND p.updated_at < p.observed_at
           AND NOT EXISTS (
               SELECT 1 FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
                WHERE t.account_id = p.account_id AND i.symbol = p.symbol
                  AND t.state IN ('sending', 'unknown', 'quarantined'))
        """
    )
    async with reading(SYSTEM) as session:
        rows = await session.execute(statement, {"shards": list(shards)})
        return [PositionBreak(**row._mapping) for row in rows]


async def last_candles(
    exchange: Exchange, mode: AccountMode, symbol: str, *, before: datetime, count: int
) -> list[Candle]:
    """Return up to `count` 1-minute bars opened before a market time, oldest first."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            _CANDLES,
            {
                "exchange": exchange.value,
                "mode": mode.value,
                "symbol": symbol,
                "before": before,
                "count": count,
            },
        )
        return [Candle(**row._mapping) for row in rows][::-1]


async def instruments() -> dict[tuple[Exchange, str], Instrument]:
    """Return all known contracts; one that the desk disabled says it is not trading."""
    statement = text(
        """
        SELECT i.*, coalesce(p.is_enabled, true) AS is_enabled
          FROM instruments AS i LEFT JOIN instrument_permissions AS p USING (exchange, symbol)
        """
    )
    async with reading(SYSTEM) as session:
        found = [_instrument(row._mapping) for row in await session.execute(statement)]
    return {(instrument.exchange, instrument.symbol): instrument for instrument in found}


async def market_clock(now: datetime) -> MarketClock:
    """Return the mapping of wall to market time; the identity where none is stored."""
    async with reading(SYSTEM) as session:
        row = (await session.execute(text("SELECT * FROM market_clock WHERE id = 1"))).first()
    if row is None:
        return identity_market_clock(now)
    return MarketClock(
        wall_origin=row.wall_origin,
        market_origin=row.market_origin,
        speed=row.speed,
        paused=row.is_paused or row.is_finished,
    )


async def _deployments(deployment_id: UUID | None) -> list[RunningDeployment]:
    async with reading(SYSTEM) as session:
        rows = await session.execute(_DEPLOYMENTS, {"id": deployment_id})
        return [
            RunningDeployment(
                deployment_id=row.id,
                version_id=row.version_id,
                kind=row.kind,
                parameters=row.parameters,
                reference_exchange=Exchange(row.reference_exchange),
                mode=AccountMode(row.mode),
                symbols=tuple(row.symbols),
                accounts=row.accounts,
            )
            for row in rows
        ]


def _credential(row: Any) -> SealedCredential:
    return SealedCredential(
        credential_id=row.id,
        account_id=row.account_id,
        client_id=row.client_id,
        exchange=Exchange(row.exchange),
        mode=AccountMode(row.mode),
        shard=row.shard,
        source_address=row.source_address,
        status=row.status,
        masked_key=row.masked_key,
        created_by=row.created_by,
        client_consent=row.client_consent,
        api_key=SealedBox(
            key_id=row.key_id,
            data_key=bytes(row.api_key_data_key),
            nonce=bytes(row.api_key_nonce),
            ciphertext=bytes(row.api_key_ciphertext),
        ),
        api_secret=SealedBox(
            key_id=row.key_id,
            data_key=bytes(row.api_secret_data_key),
            nonce=bytes(row.api_secret_nonce),
            ciphertext=bytes(row.api_secret_ciphertext),
        ),
    )


def _instrument(row: Any) -> Instrument:
    return Instrument(
        exchange=Exchange(row["exchange"]),
        symbol=row["symbol"],
        base=row["base"],
        quote=row["quote"],
        tick_size=row["tick_size"].normalize(),
        step_size=row["step_size"].normalize(),
        quantity_min=row["quantity_min"],
        quantity_max=row["quantity_max"],
        market_quantity_max=row["market_quantity_max"],
        min_notional=row["min_notional"],
        contract_size=row["contract_size"],
        leverage_max=row["leverage_max"],
        is_trading=row["is_trading"] and row["is_enabled"],
        brackets=tuple(
            LeverageBracket(
                notional_floor=Decimal(bracket["notional_floor"]),
                notional_cap=Decimal(bracket["notional_cap"]),
                leverage_max=bracket["leverage_max"],
                maintenance_rate=Decimal(bracket["maintenance_rate"]),
                deduction=Decimal(bracket["deduction"]),
            )
            for bracket in row["brackets"]
        ),
    )
