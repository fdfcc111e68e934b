"""The desk's switch for each contract; what a contract is like, the daemon reads and writes."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.commands import RefreshInstruments
from patriot_app.core.domain.events import CommandIssued, InstrumentSwitched
from patriot_app.core.errors import NotFound
from patriot_app.core.schema.instruments import InstrumentPermission
from patriot_app.core.unit_of_work import UnitOfWork

_EXISTS = text(
    "SELECT EXISTS (SELECT 1 FROM instruments WHERE exchange = :exchange AND symbol = :symbol)"
)


async def enable(uow: UnitOfWork, exchange: Exchange, symbol: str, *, reason: str = "") -> None:
    """Let strategies open positions in a contract again.

    Raises:
        NotFound: the exchange lists no such contract.
    """
    await _switch(uow, exchange, symbol, is_enabled=True, reason=reason)


async def disable(uow: UnitOfWork, exchange: Exchange, symbol: str, *, reason: str) -> None:
    """Open nothing more in a contract; open positions can still be closed.

    Raises:
        Invalid: no reason; NotFound: the exchange lists no such contract.
    """
    need_reason(reason)
    await _switch(uow, exchange, symbol, is_enabled=False, reason=reason)


async def refresh(uow: UnitOfWork, exchange: Exchange, *, idempotency_key: str) -> UUID:
    """Ask the daemon to read an exchange's contracts now; return the command."""
    uow.record(CommandIssued(command="RefreshInstruments", reason=exchange.value))
    return await uow.issue(
        RefreshInstruments(exchange=exchange.value), idempotency_key=idempotency_key
    )


async def _switch(
    uow: UnitOfWork, exchange: Exchange, symbol: str, *, is_enabled: bool, reason: str
) -> None:
    bound = {"exchange": exchange.value, "symbol": symbol}
    if not (await uow.session.execute(_EXISTS, bound)).scalar_one():
        raise NotFound(f"{exchange} lists no {symbol}")
    row = {"is_enabled": is_enabled, "reason": reason, "changed_at": uow.now}
    await uow.session.execute(
        insert(InstrumentPermission)
        .values(exchange=exchange, symbol=symbol, **row)
        .on_conflict_do_update(index_elements=["exchange", "symbol"], set_=row)
    )
    uow.record(
        InstrumentSwitched(
            exchange=exchange.value, symbol=symbol, is_enabled=is_enabled, reason=reason
        )
    )
    uow.touch("instruments")
