"""Read contracts afresh when an operator asks."""

from typing import Any

from daemon.context import Context
from daemon.execution import catalogue
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.commands import RefreshInstruments
from patriot_app.core.errors import Refused
from patriot_app.core.queries import running
from patriot_app.core.services.commands import ClaimedCommand


async def refresh(
    claimed: ClaimedCommand, command: RefreshInstruments, context: Context
) -> dict[str, Any]:
    """Refresh every mode of the exchange that has accounts."""
    exchange = Exchange(command.exchange)
    modes = [mode for used, mode in await running.exchanges_in_use() if used is exchange]
    if not modes:
        raise Refused(f"No account trades on {exchange.value}: connect one first")
    counts = [await catalogue.refresh(context, exchange, mode) for mode in modes]
    context.instruments = await running.instruments()
    return {"instruments": max(counts)}
