"""What an entry that is being replaced keeps of its account's room, between its two orders."""

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.orders import IntentState

LIVE_INTENTS = in_list({IntentState.PLANNED, IntentState.EXECUTING, IntentState.BLOCKED})
"""Their reservation counts."""
REPLACING = f"""
    SELECT amendment.account_id, former.symbol,
           greatest(amendment.quantity - attempt.filled_quantity, 0) * amendment.price
           * coalesce(instrument.contract_size, 1) AS notional
      FROM amendments AS amendment
      JOIN LATERAL (SELECT intent_id, filled_quantity FROM attempts
                     WHERE id = amendment.attempt_id OFFSET 0) AS attempt ON true
      JOIN LATERAL (SELECT symbol, state, exchange FROM intents
                     WHERE id = attempt.intent_id OFFSET 0) AS former ON true
      LEFT JOIN LATERAL (SELECT contract_size FROM instruments
                          WHERE exchange = former.exchange AND symbol = former.symbol
                         OFFSET 0) AS instrument ON true
     WHERE amendment.state = 'replacing' AND former.state NOT IN ({LIVE_INTENTS})
"""  # noqa: S608
"""Rows of account, instrument and notional (USDT): what is still to be ordered.

The first order has ended and reserves nothing more, the second is not written yet: nobody else may
have the room meanwhile. Before, the first one's intent counts, and afterwards the second one's.
"""
