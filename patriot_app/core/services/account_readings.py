"""Money and positions of accounts as last seen at their exchanges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.positions import BalanceReport, PositionReport
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AccountReading:
    """One look at an account's money and positions.

    Attributes:
        positions: those that are not flat; None if they were not read.
        observed_at: wall time of the look.
        market_at: market time of the look.
        held_at: wall time as of which what is not held is known to be flat, where that is older
            than the look: a valuation repeats what streams told once.
        told_at: by symbol, the same for single positions of which something newer is known.
    """

    account_id: UUID
    balance: BalanceReport
    positions: tuple[PositionReport, ...] | None
    observed_at: datetime
    market_at: datetime
    held_at: datetime | None = None
    told_at: Mapping[str, datetime] = field(default_factory=dict)

    def quantity_at(self, symbol: str) -> datetime:
        """Return the wall time as of which a position's quantity is known."""
        return self.told_at.get(symbol, self.held_at or self.observed_at)


@dataclass(frozen=True, slots=True)
class Flow:
    """A deposit (positive) or withdrawal in USDT; occurred_at is market time."""

    amount: Decimal
    occurred_at: datetime


# A new market day opens at the equity then seen; the peak only grows. Flows move both (ledger).
_PUT_BALANCES = text(
    """
    UPDATE account_states AS state
       SET wallet_balance = given.wallet, equity = given.equity,
           unrealised_pnl = given.unrealised, available_balance = given.available,
           initial_margin = given.initial, maintenance_margin = given.maintenance,
           day_opening_equity = CASE
               WHEN date_trunc('day', state.day_started_at, 'UTC')
                    >= date_trunc('day', given.market_at, 'UTC')
               THEN state.day_opening_equity ELSE given.equity END,
           day_started_at = CASE
               WHEN date_trunc('day', state.day_started_at, 'UTC')
                    >= date_trunc('day', given.market_at, 'UTC')
               THEN state.day_started_at ELSE given.market_at END,
           peak_equity = greatest(state.peak_equity, given.equity),
           peak_at = CASE WHEN state.peak_equity >= given.equity THEN state.peak_at
                          ELSE given.market_at END,
           observed_at = given.observed_at,
           synced_at = CASE WHEN :is_sync THEN given.observed_at ELSE state.synced_at END,
           sync_error = CASE WHEN :is_sync THEN '' ELSE state.sync_error END
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:wallet AS numeric[]),
                  CAST(:equity AS numeric[]), CAST(:unrealised AS numeric[]),
                  CAST(:available AS numeric[]), CAST(:initial AS numeric[]),
                  CAST(:maintenance AS numeric[]), CAST(:observed_at AS timestamptz[]),
                  CAST(:market_at AS timestamptz[]))
           AS given(account_id, wallet, equity, unrealised, available, initial, maintenance,
                    observed_at, market_at)
     WHERE state.account_id = given.account_id
       AND (state.observed_at IS NULL OR state.observed_at <= given.observed_at)
    """
)
_PUT_POSITIONS = text(
    """
    INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price, realised_pnl,
           commission, exchange_quantity, mark_price, unrealised_pnl, liquidation_price, leverage,
           observed_at)
    SELECT given.account_id, given.symbol, given.side, 0, 0, 0, 0, given.quantity, given.mark,
           given.unrealised, given.liquidation, given.leverage, given.observed_at
      FROM unnest(CAST(:account_id AS uuid[]), CAST(:symbol AS text[]), CAST(:side AS text[]),
                  CAST(:quantity AS numeric[]), CAST(:mark AS numeric[]),
                  CAST(:unrealised AS numeric[]), CAST(:liquidation AS numeric[]),
                  CAST(:leverage AS integer[]), CAST(:observed_at AS timestamptz[]))
           AS given(account_id, symbol, side, quantity, mark, unrealised, liquidation, leverage,
                    observed_at)
     ORDER BY given.account_id, given.symbol, given.side
    ON CONFLICT (account_id, symbol, position_side) DO UPDATE
       SET exchange_quantity = excluded.exchange_quantity, mark_price = excluded.mark_price,
           unrealised_pnl = excluded.unrealised_pnl,
           liquidation_price = excluded.liquidation_price, leverage = excluded.leverage,
           observed_at = excluded.observed_at
     WHERE positions.observed_at IS NULL OR positions.observed_at <= excluded.observed_at
    """
)
_FLATTEN_UNSEEN = text(
    """
    UPDATE positions AS p
       SET exchange_quantity = 0, unrealised_pnl = 0, liquidation_price = NULL,
           observed_at = flat.at
      FROM (SELECT seen.account_id, seen.symbol, seen.position_side,
                   coalesce(told.at, given.held_at) AS at
              FROM unnest(CAST(:account_id AS uuid[]), CAST(:held_at AS timestamptz[]))
                   AS given(account_id, held_at)
              JOIN positions AS seen
                ON seen.account_id = given.account_id AND seen.exchange_quantity IS DISTINCT FROM 0
              LEFT JOIN unnest(CAST(:told_account_id AS uuid[]), CAST(:told_symbol AS text[]),
                               CAST(:told_at AS timestamptz[])) AS told(account_id, symbol, at)
                ON told.account_id = seen.account_id AND told.symbol = seen.symbol) AS flat
     WHERE p.account_id = flat.account_id AND p.symbol = flat.symbol
       AND p.position_side = flat.position_side
       AND (p.observed_at IS NULL OR p.observed_at < flat.at)
    """
)


# Everybody locks accounts, then positions, each in order of their keys. A valuation comes again in
# seconds, so it passes over an account that somebody else works on and never holds up an order.
_LOCK_ACCOUNTS = """
    SELECT account_id FROM account_states WHERE account_id = ANY(:ids)
     ORDER BY account_id FOR UPDATE
"""
_LOCK = text(_LOCK_ACCOUNTS)
_LOCK_IDLE = text(f"{_LOCK_ACCOUNTS} SKIP LOCKED")
_LOCK_POSITIONS = text(
    """
    SELECT 1 FROM positions WHERE account_id = ANY(:ids)
     ORDER BY account_id, symbol, position_side FOR UPDATE
    """
)
_MOVE = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:amount AS numeric[]), CAST(:occurred_at AS timestamptz[]))
            AS given(amount, occurred_at)
    )
    UPDATE account_states
       SET net_flows = net_flows + (SELECT coalesce(sum(amount), 0) FROM given),
           day_opening_equity = day_opening_equity + (
               SELECT coalesce(sum(amount), 0) FROM given WHERE occurred_at > day_started_at),
           peak_equity = peak_equity + (
               SELECT coalesce(sum(amount), 0) FROM given WHERE occurred_at > peak_at)
     WHERE account_id = :id
    """
)


async def record_readings(
    uow: UnitOfWork, readings: Sequence[AccountReading], *, is_sync: bool = True
) -> None:
    """Store what was seen; an older look never overwrites a newer one.

    The first look of a market day opens the day's equity.

    Args:
        is_sync: it is a complete reading by REST and not a valuation of what streams told.
    """
    ids = sorted(reading.account_id for reading in readings)
    locked = await uow.session.execute(_LOCK if is_sync else _LOCK_IDLE, {"ids": ids})
    ours = {row.account_id for row in locked}
    ordered = sorted(
        (reading for reading in readings if reading.account_id in ours),
        key=lambda reading: reading.account_id,
    )
    if not ordered:
        return
    await uow.session.execute(_LOCK_POSITIONS, {"ids": sorted(ours)})
    await _put_balances(uow, ordered, is_sync=is_sync)
    await _put_positions(uow, ordered)
    uow.touch("equity", "positions")


async def move_by_flows(uow: UnitOfWork, account_id: UUID, flows: Sequence[Flow]) -> None:
    """Move the day's opening and the peak by deposits and withdrawals: a flow is no profit.

    A reading that was taken after the flow has it in its figure already and is not moved.
    """
    await uow.session.execute(
        _MOVE,
        {
            "id": account_id,
            "amount": [flow.amount for flow in flows],
            "occurred_at": [flow.occurred_at for flow in flows],
        },
    )


async def _put_balances(
    uow: UnitOfWork, readings: Sequence[AccountReading], *, is_sync: bool
) -> None:
    await uow.session.execute(
        _PUT_BALANCES,
        {
            "is_sync": is_sync,
            "account_id": [reading.account_id for reading in readings],
            "wallet": [reading.balance.wallet_balance for reading in readings],
            "equity": [reading.balance.equity for reading in readings],
            "unrealised": [reading.balance.unrealised_pnl for reading in readings],
            "available": [reading.balance.available_balance for reading in readings],
            "initial": [reading.balance.initial_margin for reading in readings],
            "maintenance": [reading.balance.maintenance_margin for reading in readings],
            "observed_at": [reading.observed_at for reading in readings],
            "market_at": [reading.market_at for reading in readings],
        },
    )


async def _put_positions(uow: UnitOfWork, readings: Sequence[AccountReading]) -> None:
    """Store what is held; what a complete look did not show is flat."""
    rows = [(reading, position) for reading in readings for position in reading.positions or ()]
    if rows:
        await uow.session.execute(
            _PUT_POSITIONS,
            {
                "account_id": [reading.account_id for reading, _ in rows],
                "symbol": [position.symbol for _, position in rows],
                "side": [position.position_side.value for _, position in rows],
                "quantity": [position.quantity for _, position in rows],
                "mark": [position.mark_price for _, position in rows],
                "unrealised": [position.unrealised_pnl for _, position in rows],
                "liquidation": [position.liquidation_price for _, position in rows],
                "leverage": [position.leverage for _, position in rows],
                "observed_at": [reading.quantity_at(position.symbol) for reading, position in rows],
            },
        )
    complete = [reading for reading in readings if reading.positions is not None]
    if complete:
        told = [
            (reading.account_id, *one) for reading in complete for one in reading.told_at.items()
        ]
        await uow.session.execute(
            _FLATTEN_UNSEEN,
            {
                "account_id": [reading.account_id for reading in complete],
                "held_at": [reading.held_at or reading.observed_at for reading in complete],
                "told_account_id": [account_id for account_id, _, _ in told],
                "told_symbol": [symbol for _, symbol, _ in told],
                "told_at": [at for _, _, at in told],
            },
        )
