"""The contracts of an exchange, as the desk may trade them."""

from daemon.context import Context
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import market
from patriot_app.core.unit_of_work import begin


async def refresh(context: Context, exchange: Exchange, mode: AccountMode) -> int:
    """Read and store all contracts; return how many.

    Binance tells its leverage brackets only to a signed call, so any of our sessions there is
    borrowed; before the first one exists, brackets stay as they were.
    """
    session = next(
        (
            session
            for session in context.sessions.values()
            if session.exchange is exchange and session.mode is mode
        ),
        None,
    )
    found = await context.gateway.fetch_instruments(exchange, mode, session=session)
    async with begin(SYSTEM) as uow:
        return await market.put_instruments(uow, exchange, found)
