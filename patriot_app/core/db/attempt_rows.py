"""A row of an attempt: what the database tells of it, and as one value with its intent."""

from typing import Any

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.attempts import ENDED_BY_EXCHANGE
from patriot_app.core.domain.orders import AttemptState, Leg, OrderType, Side, TimeInForce
from patriot_app.core.domain.sending import LiveAttempt, NewOrder, ReadyAttempt

END_IS_TOLD = (
    f"(attempt.state IN ({in_list(ENDED_BY_EXCHANGE)})"
    " AND attempt.exchange_code || attempt.evidence <> '')"
)
"""A report has said why the order ended; that stays, though the answer that took it comes later."""


def live_attempt(row: Any) -> LiveAttempt:
    """Return an attempt with its intent as one value."""
    return LiveAttempt(
        ready=ReadyAttempt(
            attempt_id=row.attempt_id,
            number=row.number,
            client_order_id=row.client_order_id,
            order=NewOrder(
                intent_id=row.id,
                account_id=row.account_id,
                shard=row.shard,
                exchange=Exchange(row.exchange),
                mode=AccountMode(row.mode),
                symbol=row.symbol,
                leg=Leg(row.leg),
                side=Side(row.side),
                order_type=OrderType(row.order_type),
                quantity=row.quantity,
                reduce_only=row.reduce_only,
                signal_id=row.signal_id,
                command_id=row.command_id,
                deployment_id=row.deployment_id,
                time_in_force=TimeInForce(row.time_in_force) if row.time_in_force else None,
                price=row.price,
                trigger_price=row.trigger_price,
                stop_loss=row.stop_loss,
                take_profit=row.take_profit,
                leverage=row.leverage,
                close_position=row.close_position,
                reserved_notional=row.reserved_notional,
                deadline=row.deadline,
                expires_at=row.expires_at,
                replaces=row.replaces,
                slice=row.slice,
                slices=row.slices,
                starts_at=row.starts_at,
            ),
        ),
        state=AttemptState(row.attempt_state),
        timestamp_ms=row.timestamp_ms,
        receive_window_ms=row.receive_window_ms,
        epoch=row.epoch,
        exchange_order_id=row.exchange_order_id,
        filled_quantity=row.filled_quantity,
        created_at=row.created_at,
        sending_at=row.sending_at,
        cancel_requested_at=row.cancel_requested_at,
        triggered_order_id=row.triggered_order_id,
    )
