"""What the daemon needs to know of the desk: deployments, markets, contracts, bars."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import MarketClock, identity_market_clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.instruments import Instrument, LeverageBracket
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.queries.reader import reading


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
_SIGNAL = text(
    "SELECT id FROM signals"
    " WHERE deployment_id = :deployment_id AND symbol = :symbol AND signal_key = :key"
)
_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM shard_leases"
    " WHERE released_at IS NULL AND expires_at > clock_timestamp())"
)
_CANDLES = text(
    """
    SELECT opened_at, opened_at + interval '1 minute' AS closed_at, open, high, low, close, volume
      FROM candles
     WHERE exchange = :exchange AND mode = :mode AND symbol = :symbol AND opened_at < :before
     ORDER BY opened_at DESC LIMIT :count
    """
)


async def running_deployments() -> list[RunningDeployment]:
    """Return the deployments to ask at each bar."""
    return await _deployments(None)


async def is_any_shard_held() -> bool:
    """Tell whether some trader holds accounts now."""
    async with reading(SYSTEM) as session:
        return bool((await session.execute(_HELD)).scalar_one())


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


async def signal_of(deployment_id: UUID, symbol: str, key: str) -> UUID | None:
    """Return the signal that a key of a deployment was used for; None for none yet."""
    async with reading(SYSTEM) as session:
        rows = await session.execute(
            _SIGNAL, {"deployment_id": deployment_id, "symbol": symbol, "key": key}
        )
        return rows.scalar_one_or_none()


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
