"""Carry out what a person decided: of a difference, of an order in doubt, of a parked account."""

from typing import Any

from daemon.context import Context
from daemon.execution import resolver, settlement
from patriot_app.core.domain.commands import SettleDiscrepancy, SettleOrder, UnparkAccount
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.reconciliation import Decision
from patriot_app.core.errors import NotFound
from patriot_app.core.services import account_states, attempts, doubts, protection
from patriot_app.core.services.commands import ClaimedCommand
from patriot_app.core.unit_of_work import begin


async def settle(
    claimed: ClaimedCommand, command: SettleDiscrepancy, context: Context
) -> dict[str, Any]:
    """Adopt, close or ignore a difference."""
    status = await settlement.settle(
        context, command.discrepancy_id, Decision(command.decision), command_id=claimed.id
    )
    return {"status": status.value}


async def settle_order(
    claimed: ClaimedCommand, command: SettleOrder, context: Context
) -> dict[str, Any]:
    """Look an order of unknown outcome up once more, or give it up on a person's word."""
    if command.decision == "absent":
        async with begin(SYSTEM, clock=context.clock) as uow:
            await doubts.declare_absent(uow, command.attempt_id, reason=command.reason)
            await protection.follow(uow, [command.attempt_id])
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await attempts.by_ids(uow, [command.attempt_id])
    if not found:
        raise NotFound(f"There is no order {command.attempt_id}")
    if command.decision == "look":
        await resolver.resolve(context, found)
        async with begin(SYSTEM, clock=context.clock) as uow:
            found = await attempts.by_ids(uow, [command.attempt_id])
    return {"state": found[0].state.value}


async def unpark(
    claimed: ClaimedCommand, command: UnparkAccount, context: Context
) -> dict[str, Any]:
    """Let an account open positions again."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        await account_states.unpark(uow, command.account_id, reason=command.reason)
    return {"unparked": True}
