"""Move stop and target of a position by an operator's word (an OCO on what is open already)."""

from daemon.context import Context
from daemon.execution import protector
from patriot_app.core.domain.commands import MoveLevels
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import LegState
from patriot_app.core.errors import NotFound
from patriot_app.core.services import exit_plans, guarded, levels
from patriot_app.core.unit_of_work import begin


async def move(context: Context, command: MoveLevels) -> str:
    """Set the levels, place the new legs before the old ones go; say what stands at the exchange.

    Raises:
        NotFound: no such position, or no opened key here; Refused, Invalid: see services.levels.
    """
    session = context.sessions.get(command.account_id)
    if session is None:
        raise NotFound(f"Account {command.account_id} has no opened key in this process")
    mark = context.prices.get(session.exchange, session.mode, command.symbol)
    async with begin(SYSTEM, clock=context.clock) as uow:
        moved = await levels.move(uow, command, mark_price=None if mark is None else mark.price)
        if moved.is_wider:
            await exit_plans.override(uow, command.account_id, command.symbol)
    await protector.guard(context, [command.account_id])
    return await _standing(context, command)


async def _standing(context: Context, command: MoveLevels) -> str:
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await guarded.guarded(uow, context.lease.ready, accounts=[command.account_id])
    position = next((each for each in found if each.symbol == command.symbol), None)
    if position is None or position.quantity == 0:
        return "the position is closed"
    wanted = {position.wanted_stop, position.wanted_target} - {None}
    placed = {leg.live.trigger_price for leg in position.legs if leg.live.state is LegState.PLACED}
    return "stands at the exchange" if wanted <= placed else "is being placed"
