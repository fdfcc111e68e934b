"""Values of accounts at moments without a snapshot: told by trades and candles, or by a person."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.boundary_values import BoundaryValue, Contract, ValueSource, value_of
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import Side
from patriot_app.core.ids import new_id

# Trades are whole where the present position is their sum at the exchange too, and where each trade
# that the ledger names until the moment is among them.
_IS_WHOLE = text(
    """
    SELECT NOT EXISTS (
               SELECT 1 FROM positions AS p WHERE p.account_id = :account_id
                  AND (p.position_side <> 'BOTH'
                       OR p.quantity IS DISTINCT FROM coalesce(p.exchange_quantity, p.quantity)))
       AND NOT EXISTS (
               SELECT 1 FROM ledger_rows AS r WHERE r.account_id = :account_id
                  AND r.trade_id <> '' AND r.occurred_at < :moment
                  AND r.occurred_at >= coalesce(
                      (SELECT min(f.traded_at) FROM fills AS f WHERE f.account_id = :account_id),
                      CAST(:moment AS timestamptz) - interval '31 days')
                  AND NOT EXISTS (
                      SELECT 1 FROM fills AS f WHERE f.account_id = r.account_id
                         AND f.symbol = r.symbol AND f.exchange_trade_id = r.trade_id))
       AND EXISTS (SELECT 1 FROM account_states AS s
                    WHERE s.account_id = :account_id AND s.is_ready) AS is_whole
    """
)
_FILLS = text(
    "SELECT symbol, exchange, exchange_trade_id, exchange_order_id, side, quantity, price,"
    " commission, commission_asset, realised_pnl, is_maker, traded_at, source FROM fills"
    " WHERE account_id = :account_id AND traded_at < :moment"
    " ORDER BY traded_at, length(exchange_trade_id), exchange_trade_id"
)
_CONTRACTS = text(
    """
    SELECT i.symbol, i.contract_size, (
           SELECT c.close FROM candles AS c
            WHERE c.exchange = a.exchange AND c.mode = a.mode AND c.symbol = i.symbol
              AND c.opened_at = CAST(:moment AS timestamptz) - interval '1 minute') AS close
      FROM accounts AS a JOIN instruments AS i ON i.exchange = a.exchange
     WHERE a.id = :account_id AND i.symbol = ANY(:symbols)
    """
)
_KEEP = text(
    "INSERT INTO account_valuations (id, account_id, moment, unrealised_pnl, source, evidence)"
    " VALUES (:id, :account_id, :moment, :unrealised_pnl, :source, :evidence)"
    " ON CONFLICT (account_id, moment) DO NOTHING RETURNING id"
)


async def from_trades(
    session: AsyncSession, account_id: UUID, moment: datetime
) -> BoundaryValue | None:
    """Return what an account's positions were worth by its trades; None where that is not sure."""
    bound = {"account_id": account_id, "moment": moment}
    if not (await session.execute(_IS_WHOLE, bound)).scalar_one():
        return None
    fills: dict[str, list[FillReport]] = defaultdict(list)
    for row in await session.execute(_FILLS, bound):
        fills[row.symbol].append(
            FillReport(
                exchange=Exchange(row.exchange),
                symbol=row.symbol,
                exchange_trade_id=row.exchange_trade_id,
                exchange_order_id=row.exchange_order_id,
                client_order_id="",
                side=Side(row.side),
                quantity=row.quantity,
                price=row.price,
                commission=row.commission,
                commission_asset=row.commission_asset,
                realised_pnl=row.realised_pnl,
                is_maker=row.is_maker,
                traded_at=row.traded_at,
                source=row.source,
            )
        )
    rows = await session.execute(_CONTRACTS, {**bound, "symbols": list(fills)})
    contracts = {row.symbol: Contract(row.contract_size, row.close) for row in rows}
    return value_of(fills, contracts) if fills.keys() <= contracts.keys() else None


async def keep(
    session: AsyncSession,
    account_id: UUID,
    moment: datetime,
    *,
    unrealised_pnl: Decimal,
    source: ValueSource,
    evidence: str,
) -> bool:
    """Keep a value for good; return False where the moment has one already."""
    added = await session.execute(
        _KEEP,
        {
            "id": new_id(),
            "account_id": account_id,
            "moment": moment,
            "unrealised_pnl": unrealised_pnl,
            "source": source.value,
            "evidence": evidence,
        },
    )
    return added.first() is not None
