"""When a later slice of an order may be sent, must wait, or is given up: told once, in SQL.

The fence has these conditions in its own statement, so that a halt or an exit binds at its commit;
whoever withdraws slices asks by the same ones. Rows: `intent` of the slice, its `account`, and the
account's `state`.
"""

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.orders import IN_FLIGHT, AttemptState, IntentState

_A = AttemptState
_CAME_TO_NOTHING = in_list({_A.VOID, _A.REJECTED, _A.ABSENT, _A.EXPIRED_UNSEEN})
_UNDER_WAY = in_list({IntentState.PLANNED, IntentState.EXECUTING, IntentState.BLOCKED})
_EARLIER = """
    FROM intents AS part JOIN attempts AS sent ON sent.intent_id = part.id
   WHERE part.signal_id = intent.signal_id AND part.account_id = intent.account_id
     AND part.leg = 'entry' AND part.slice < intent.slice
"""

# Unlike any other order, slices do not come back when a halt is lifted: the plan was made before it.
WITHDRAWN = f"""
    CASE
    WHEN account.status <> 'active' THEN 'The account is ' || account.status
    WHEN coalesce(state.parked_reason, '') <> '' THEN 'The account is parked'
    WHEN EXISTS (SELECT 1 FROM halts AS halt
         WHERE (halt.lifted_at IS NULL OR halt.raised_at >= intent.created_at)
           AND (halt.scope = 'desk'
                OR (halt.scope = 'exchange' AND halt.scope_id = account.exchange)
                OR (halt.scope = 'client' AND halt.scope_id = account.client_id::text)
                OR (halt.scope = 'account' AND halt.scope_id = account.id::text)
                OR (halt.scope = 'strategy' AND halt.scope_id = (
                    SELECT deployment.strategy_id::text FROM deployments AS deployment
                     WHERE deployment.id = intent.deployment_id))))
        THEN 'A halt was raised before its time'
    WHEN EXISTS (SELECT 1 FROM deployments AS deployment
         WHERE deployment.id = intent.deployment_id AND deployment.status <> 'running')
        THEN 'Its deployment does not run any more'
    WHEN EXISTS (SELECT 1 FROM signals AS newer JOIN signals AS own ON own.id = intent.signal_id
         WHERE newer.deployment_id = own.deployment_id AND newer.symbol = own.symbol
           AND newer.created_at > own.created_at
           AND (newer.accounts IS NULL OR intent.account_id = ANY(newer.accounts)))
        THEN 'A newer signal took its place'
    WHEN EXISTS (SELECT 1 FROM intents AS way_out
         WHERE way_out.account_id = intent.account_id AND way_out.symbol = intent.symbol
           AND way_out.leg = 'exit' AND way_out.signal_id IS DISTINCT FROM intent.signal_id
           AND (way_out.created_at >= intent.created_at OR way_out.state IN ({_UNDER_WAY})))
        THEN 'The position is being left'
    WHEN EXISTS (SELECT 1 FROM positions AS position
         WHERE position.account_id = intent.account_id AND position.symbol = intent.symbol
           AND position.quantity = 0)
     AND EXISTS (SELECT 1 {_EARLIER} AND sent.filled_quantity > 0)
     AND NOT EXISTS (SELECT 1 {_EARLIER} AND sent.filled_quantity <> (
         SELECT coalesce(sum(fill.quantity), 0) FROM fills AS fill WHERE fill.attempt_id = sent.id))
        THEN 'The position was closed'
    WHEN EXISTS (SELECT 1 {_EARLIER} AND sent.state = 'rejected')
        THEN 'The exchange refused an earlier slice'
    WHEN NOT EXISTS (SELECT 1 {_EARLIER} AND part.slice = 1
                        AND sent.state NOT IN ({_CAME_TO_NOTHING}))
        THEN 'The first slice was not sent'
    END
"""  # noqa: S608
"""Why a later slice is given up; NULL if it is not."""

WAITS = f"""
    (intent.starts_at > clock_timestamp()
     OR EXISTS (SELECT 1 {_EARLIER} AND sent.state IN ({in_list({_A.CREATED} | IN_FLIGHT)})))
"""
"""Whether a later slice must not be sent yet: its time, or an earlier one that may or may not be."""
