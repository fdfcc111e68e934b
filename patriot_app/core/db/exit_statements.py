"""The statements that keep exit plans; see services.exit_plans for what they do together."""

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.exit_plans import PLAN_TRANSITIONS, PlanState
from patriot_app.core.domain.transitions import prior_states

_HAS_RULES = """
    (coalesce(version.parameters->>'trailing', 'off') <> 'off'
     OR coalesce(nullif(version.parameters->>'partial_trigger', '')::numeric, 0) > 0
     OR coalesce(nullif(version.parameters->>'break_even', '')::numeric, 0) > 0)
"""
# A plan keeps the rules of the entry that it began with, whatever version runs now.
FOLLOWED = text(
    f"""
    SELECT position.account_id, position.symbol, position.quantity, position.entry_price,
           position.wanted_stop, position.wanted_target, position.deployment_id,
           account.shard, account.exchange, account.mode,
           plan.id AS plan_id, coalesce(plan.rules, origin.parameters) AS rules, plan.first_stop,
           plan.best_price, plan.trailing_since, plan.updated_at AS moved_at, plan.partial, plan.partial_tries,
           coalesce(plan.version_id, origin.version_id) AS version_id,
           intent.state AS intent_state, intent.created_at AS decided_at, attempt.id AS attempt_id,
           attempt.state AS attempt_state,
           (SELECT coalesce(sum(one.filled_quantity), 0) FROM attempts AS one
             WHERE one.intent_id = intent.id) AS filled_quantity
      FROM positions AS position
      JOIN accounts AS account ON account.id = position.account_id
      LEFT JOIN exit_plans AS plan ON plan.account_id = position.account_id
            AND plan.symbol = position.symbol AND plan.ended_at IS NULL
      LEFT JOIN intents AS intent ON intent.id = plan.partial_intent_id
      LEFT JOIN attempts AS attempt ON attempt.intent_id = intent.id
            AND attempt.number = intent.attempt_count
      LEFT JOIN LATERAL (
          SELECT version.id AS version_id, version.parameters
            FROM intents AS entry
            JOIN signals AS signal ON signal.id = entry.signal_id
            JOIN strategy_versions AS version ON version.id = signal.version_id
           WHERE entry.account_id = position.account_id AND entry.symbol = position.symbol
             AND entry.leg = 'entry' AND entry.deployment_id = position.deployment_id
             AND EXISTS (SELECT 1 FROM attempts AS one
                          WHERE one.intent_id = entry.id AND one.filled_quantity > 0)
           ORDER BY entry.created_at DESC LIMIT 1) AS origin ON plan.id IS NULL
     WHERE account.shard = ANY(:shards) AND position.position_side = 'BOTH'
       AND (CAST(:only AS uuid[]) IS NULL OR position.account_id = ANY(:only))
       AND position.quantity <> 0 AND position.wanted_stop IS NOT NULL
       AND (plan.state = 'active' OR (plan.id IS NULL AND origin.version_id IS NOT NULL
            AND position.deployment_id IN (
                SELECT deployment.id FROM deployments AS deployment
                  JOIN strategy_versions AS version ON version.strategy_id = deployment.strategy_id
                 WHERE {_HAS_RULES})))
     ORDER BY position.account_id, position.symbol
    """  # noqa: S608
)
BEGIN = text(
    """
    INSERT INTO exit_plans (id, account_id, symbol, version_id, rules, state, first_stop,
                            best_price, partial)
    SELECT row.id, row.account_id, row.symbol, row.version_id, row.rules, 'active',
           row.first_stop, row.best_price, 'waiting'
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid, symbol text,
           version_id uuid, rules jsonb, first_stop numeric, best_price numeric)
    ON CONFLICT DO NOTHING
    """
)
MOVE_PLANS = text(
    """
    UPDATE exit_plans AS plan
       SET best_price = row.best_price, partial = row.partial,
           partial_tries = row.partial_tries,
           partial_intent_id = coalesce(row.partial_intent_id, plan.partial_intent_id),
           trailing_since = CASE WHEN row.is_trailing
                                 THEN coalesce(plan.trailing_since, :now) END,
           break_even_at = CASE WHEN row.why = 'break_even' THEN :now
                                ELSE plan.break_even_at END,
           stop_moves = plan.stop_moves + CASE WHEN row.why IS NULL THEN 0 ELSE 1 END,
           updated_at = :now
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, best_price numeric, partial text,
           partial_tries smallint, partial_intent_id uuid, is_trailing boolean, why text)
     WHERE plan.id = row.id AND plan.state = 'active'
    """
)
MOVE_STOPS = text(
    """
    UPDATE positions AS position SET wanted_stop = row.stop, updated_at = clock_timestamp()
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, symbol text, stop numeric)
     WHERE position.account_id = row.account_id AND position.symbol = row.symbol
       AND position.position_side = 'BOTH'
    """
)
OVERRIDE = text(
    f"""
    UPDATE exit_plans SET state = 'overridden', updated_at = :now
     WHERE account_id = :account_id AND symbol = :symbol AND ended_at IS NULL
       AND state IN ({in_list(prior_states(PLAN_TRANSITIONS, PlanState.OVERRIDDEN))})
    """  # noqa: S608
)
