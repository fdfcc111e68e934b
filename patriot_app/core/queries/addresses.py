"""How much room each address of the desk has."""

from sqlalchemy import text

from patriot_app.core.domain import egress
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.egress import Room
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.rate_budgets import ACCOUNTS_MAX
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.settings import get_settings

_HELD = text("SELECT address, accounts FROM accounts_by_address(:exchange)")


async def rooms(actor: Actor, exchange: Exchange) -> tuple[Room, ...]:
    """Return the desk's addresses at an exchange, that with most room first."""
    async with desk_reading(actor) as session:
        held = await session.execute(_HELD, {"exchange": exchange.value})
    return egress.rooms(
        egress.parse_addresses(get_settings().egress_addresses),
        {row.address: row.accounts for row in held},
        most=ACCOUNTS_MAX[exchange],
    )
