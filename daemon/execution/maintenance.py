"""What this process knows of maintenance, for requests that pass no fence of their own.

Orders, cancels and amendments ask the database in the statement that marks them. Leverage and position
mode are set beside it; they ask here. What is known here is a second old at most, and dated by the
database's clock like the fences: this machine's own may be wrong by an hour.
"""

from datetime import datetime, timedelta

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.maintenance import Closure, closure_of, name_of
from patriot_app.core.errors import ExchangeUnavailable
from patriot_app.core.queries import maintenance

CODE = "maintenance"


async def look(context: Context) -> None:
    """Read which windows are planned or running."""
    asked = context.clock.monotonic()
    known = await maintenance.live()
    # Dated from before the question: rather a moment too late than too early, which closes sooner.
    context.maintenance, context.maintenance_read = known.windows, (known.read_at, asked)


def now(context: Context) -> datetime:
    """Return the database's time, by which windows begin; before the first look our own."""
    if context.maintenance_read is None:
        return context.clock.now()
    read_at, asked = context.maintenance_read
    return read_at + timedelta(seconds=context.clock.monotonic() - asked)


def closure(context: Context, exchange: Exchange, mode: AccountMode) -> Closure:
    """Return how far an exchange is closed now for accounts of a mode."""
    return closure_of(context.maintenance, exchange, mode, now=now(context))


def need_open(context: Context, session: AccountSession) -> None:
    """Refuse to change anything at an exchange that is under maintenance.

    Raises:
        ExchangeUnavailable: it is.
    """
    if closure(context, session.exchange, session.mode) is Closure.EVERYTHING:
        name = name_of(session.exchange)
        raise ExchangeUnavailable(f"{name} is under maintenance: nothing is sent", code=CODE)
