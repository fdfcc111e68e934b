"""The statements that record trades; see services.fills for what they do together."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.protection import LIVE_LEGS
from patriot_app.core.ids import new_id

OPEN_POSITIONS = text(
    """
    INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price, realised_pnl,
                           commission)
    SELECT DISTINCT row.account_id, row.symbol, 'BOTH', 0, 0, 0, 0
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    """
)
LOCK_POSITIONS = text(
    """
    SELECT position.*, coalesce(instrument.contract_size, 1) AS contract_size
      FROM positions AS position
      JOIN (SELECT DISTINCT account_id, symbol FROM json_to_recordset(CAST(:rows AS json))
                AS row(account_id uuid, symbol text)) AS wanted USING (account_id, symbol)
      JOIN accounts AS account ON account.id = position.account_id
      LEFT JOIN instruments AS instrument
        ON instrument.exchange = account.exchange AND instrument.symbol = position.symbol
     WHERE position.position_side = 'BOTH'
     ORDER BY position.account_id, position.symbol FOR UPDATE OF position
    """
)
INSERT = text(
    f"""
    WITH row AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid,
            exchange text, symbol text, exchange_trade_id text, exchange_order_id text,
            client_order_id text, side text, quantity numeric, price numeric, commission numeric,
            commission_asset text, realised_pnl numeric, is_maker boolean, source text,
            traded_at timestamptz, attached_leg text)
    )
    INSERT INTO fills (id, exchange, account_id, symbol, exchange_trade_id, exchange_order_id,
        attempt_id, leg_id, side, quantity, price, commission, commission_asset, realised_pnl, is_maker,
        source, traded_at)
    SELECT row.id, row.exchange, row.account_id, row.symbol, row.exchange_trade_id,
        row.exchange_order_id,
        coalesce(
            (SELECT attempt.id FROM attempts AS attempt
              WHERE row.client_order_id <> '' AND attempt.client_order_id = row.client_order_id
                AND attempt.account_id = row.account_id),
            (SELECT attempt.id FROM attempts AS attempt
               JOIN intents AS intent ON intent.id = attempt.intent_id
              WHERE attempt.account_id = row.account_id
                AND attempt.exchange_order_id = row.exchange_order_id
                AND intent.symbol = row.symbol
                -- Conditional orders of Binance count their ids by themselves.
                AND (row.exchange <> 'binance' OR intent.order_type IN ('MARKET', 'LIMIT'))
              LIMIT 1),
            (SELECT attempt.id FROM attempts AS attempt
               JOIN intents AS intent ON intent.id = attempt.intent_id
              WHERE attempt.account_id = row.account_id AND intent.symbol = row.symbol
                AND attempt.triggered_order_id = row.exchange_order_id
              LIMIT 1)),
        CASE WHEN row.attached_leg IS NOT NULL THEN coalesce(
            (SELECT fill.leg_id FROM fills AS fill
              WHERE fill.account_id = row.account_id AND fill.symbol = row.symbol
                AND fill.exchange_order_id = row.exchange_order_id AND fill.leg_id IS NOT NULL
              LIMIT 1),
            (SELECT leg.id FROM protection_legs AS leg
              WHERE leg.account_id = row.account_id AND leg.symbol = row.symbol
                AND leg.leg = row.attached_leg AND leg.state IN ({in_list(LIVE_LEGS)})
              -- One that was not seen in time got an order of ours beside it, in its leg's place.
              ORDER BY leg.intent_id IS NOT NULL, leg.state, leg.created_at DESC LIMIT 1)) END,
        row.side, row.quantity, row.price, row.commission, row.commission_asset, row.realised_pnl,
        row.is_maker, row.source, row.traded_at
      FROM row
    ON CONFLICT (exchange, account_id, symbol, exchange_trade_id) DO NOTHING
    RETURNING account_id, symbol, exchange_trade_id, attempt_id, leg_id,
        EXISTS (SELECT 1 FROM fills AS later
                 WHERE later.account_id = fills.account_id AND later.symbol = fills.symbol
                   AND later.traded_at >= fills.traded_at
                   AND (later.traded_at, length(later.exchange_trade_id),
                        later.exchange_trade_id COLLATE "C")
                     > (fills.traded_at, length(fills.exchange_trade_id),
                        fills.exchange_trade_id COLLATE "C")) AS is_late
    """  # noqa: S608
)
LOCK_ATTEMPTS = text(
    """
    SELECT attempt.id, attempt.intent_id, attempt.account_id, attempt.client_order_id,
           attempt.state, attempt.filled_quantity, intent.quantity, intent.state AS intent_state,
           intent.leg, intent.symbol, intent.deployment_id, intent.stop_loss, intent.take_profit
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.id = ANY(:ids) ORDER BY attempt.id FOR UPDATE OF attempt
    """
)
TRADED = text(
    "SELECT attempt_id, sum(quantity) AS quantity, sum(quantity * price) / sum(quantity) AS price "
    "FROM fills WHERE attempt_id = ANY(:ids) GROUP BY attempt_id"
)
MOVE_ATTEMPTS = text(
    """
    UPDATE attempts AS attempt
       SET state = row.state, filled_quantity = row.filled_quantity,
           average_price = row.average_price,
           acknowledged_at = coalesce(attempt.acknowledged_at, :now),
           resolved_at = CASE WHEN row.is_ended THEN coalesce(attempt.resolved_at, :now) END
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, state text,
           filled_quantity numeric, average_price numeric, is_ended boolean)
     WHERE attempt.id = row.id
    """
)
MOVE_INTENTS = text(
    """
    UPDATE intents AS intent
       SET state = row.state,
           reserved_notional = CASE WHEN row.is_ended THEN 0 ELSE intent.reserved_notional END
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(id uuid, prior text, state text, is_ended boolean)
     WHERE intent.id = row.id AND intent.state = row.prior
    """
)
MOVE_POSITIONS = text(
    """
    UPDATE positions AS position
       SET quantity = row.quantity, entry_price = row.entry_price,
           realised_pnl = row.realised_pnl, commission = row.commission,
           deployment_id = row.deployment_id, opened_at = row.opened_at,
           wanted_stop = row.wanted_stop, wanted_target = row.wanted_target,
           unprotected_since = row.unprotected_since, updated_at = clock_timestamp()
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text,
           quantity numeric, entry_price numeric, realised_pnl numeric, commission numeric,
           deployment_id uuid, opened_at timestamptz, wanted_stop numeric, wanted_target numeric,
           unprotected_since timestamptz)
     WHERE position.account_id = row.account_id AND position.symbol = row.symbol
       AND position.position_side = 'BOTH'
    """
)
TRIGGER_ATTACHED = text(
    f"""
    UPDATE protection_legs SET state = 'triggered', ended_at = :now
     WHERE id = ANY(:ids) AND intent_id IS NULL AND state IN ({in_list(LIVE_LEGS)})
    """  # noqa: S608
)
END_ATTACHED = text(
    f"""
    UPDATE protection_legs SET state = 'canceled', ended_at = :now
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     WHERE protection_legs.account_id = row.account_id AND protection_legs.symbol = row.symbol
       AND protection_legs.intent_id IS NULL AND protection_legs.state IN ({in_list(LIVE_LEGS)})
    """  # noqa: S608
)
END_PLANS = text(
    """
    UPDATE exit_plans AS plan SET state = 'ended', ended_at = :now, updated_at = :now
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text)
     WHERE plan.account_id = row.account_id AND plan.symbol = row.symbol
       AND plan.ended_at IS NULL
    """
)
WANT_LEGS = text(
    """
    INSERT INTO protection_legs (id, account_id, symbol, leg, trigger_price, state)
    SELECT row.id, row.account_id, row.symbol, row.leg, row.trigger_price, 'wanted'
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(id uuid, account_id uuid, symbol text, leg text, trigger_price numeric)
    ON CONFLICT DO NOTHING
    """
)
PARK = text(
    "UPDATE account_states SET parked_reason = :reason "
    "WHERE account_id = :account_id AND parked_reason = ''"
)


def row_of(account_id: UUID, fill: FillReport) -> dict[str, Any]:
    """Return a trade as `INSERT` takes it."""
    return {
        "id": new_id(),
        "account_id": account_id,
        "exchange": fill.exchange,
        "symbol": fill.symbol,
        "exchange_trade_id": fill.exchange_trade_id,
        "exchange_order_id": fill.exchange_order_id,
        "client_order_id": fill.client_order_id,
        "side": fill.side,
        "quantity": fill.quantity,
        "price": fill.price,
        "commission": fill.commission,
        "commission_asset": fill.commission_asset,
        "realised_pnl": fill.realised_pnl,
        "is_maker": fill.is_maker,
        "source": fill.source,
        "traded_at": fill.traded_at,
        "attached_leg": fill.attached_leg,
    }
