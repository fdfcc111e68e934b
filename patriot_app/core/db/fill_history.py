"""All trades of a position in the order they were made, with what of ours each belongs to."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import Leg, Side
from patriot_app.core.domain.position_books import Cause, Trade

Key = tuple[UUID, str]
"""Account and symbol."""

_HISTORY = text(
    """
    SELECT fill.*, intent.id AS intent_id, coalesce(intent.leg, leg.leg) AS leg,
           intent.deployment_id, intent.stop_loss, intent.take_profit
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
      JOIN fills AS fill USING (account_id, symbol)
      LEFT JOIN attempts AS attempt ON attempt.id = fill.attempt_id
      LEFT JOIN intents AS intent ON intent.id = attempt.intent_id
      LEFT JOIN protection_legs AS leg ON leg.id = fill.leg_id
    """
)


async def read_history(session: AsyncSession, keys: Iterable[Key]) -> dict[Key, list[Trade]]:
    """Return every recorded trade of some positions, oldest first."""
    rows = to_json([{"account_id": account, "symbol": symbol} for account, symbol in sorted(keys)])
    found: dict[Key, list[Trade]] = {}
    for row in await session.execute(_HISTORY, {"rows": rows}):
        found.setdefault((row.account_id, row.symbol), []).append(
            Trade(fill=_fill_of(row), cause=_cause_of(row))
        )
    return {key: sorted(trades, key=lambda trade: trade.fill.made) for key, trades in found.items()}


def _cause_of(row: Any) -> Cause | None:
    subject = row.intent_id or row.leg_id
    if subject is None:
        return None
    return Cause(
        subject=subject,
        leg=Leg(row.leg),
        deployment_id=row.deployment_id,
        stop_loss=row.stop_loss,
        take_profit=row.take_profit,
    )


def _fill_of(row: Any) -> FillReport:
    return FillReport(
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
