"""Read an account's ledger to its end and tie it to the wallet."""

from decimal import Decimal

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import account_readings, ledger
from patriot_app.core.unit_of_work import begin

PAGES_MAX = 200
TIE_TRIES_MAX = 3
LIVE_TOLERANCE = Decimal("0.01")


async def ingest(context: Context, session: AccountSession) -> Decimal | None:
    """Ingest what is new; return wallet - ledger, or None while trades keep coming.

    The wallet is read between two readings of the ledger: only if the second finds nothing new do
    both speak of the same moment.

    Raises:
        ExchangeError: a page could not be read; the cursor stands behind the last stored row.
    """
    await _read_to_end(context, session)
    for _ in range(TIE_TRIES_MAX):
        market_at = context.market_now()
        balance = await context.gateway.fetch_balance(session)
        if await _read_to_end(context, session):
            continue
        tolerance = LIVE_TOLERANCE if session.mode is not AccountMode.PAPER else Decimal(0)
        async with begin(SYSTEM) as uow:
            return await ledger.tie_out(
                uow,
                session.account_id,
                wallet_balance=balance.wallet_balance,
                tolerance=tolerance,
                market_at=market_at,
            )
    return None


async def _read_to_end(context: Context, session: AccountSession) -> int:
    """Store all pages after the cursor; return how many rows came."""
    count = 0
    for _ in range(PAGES_MAX):
        async with begin(SYSTEM) as uow:
            cursor = (await ledger.position(uow, session.account_id)).cursor
        before = context.market_now()
        page = await context.gateway.fetch_ledger(session, cursor=cursor)
        async with begin(SYSTEM) as uow:
            flows = await ledger.ingest(
                uow,
                session.account_id,
                session.exchange,
                page.rows,
                cursor=page.next_cursor,
                complete_until=before if page.complete else None,
            )
            if flows:
                await account_readings.move_by_flows(
                    uow,
                    session.account_id,
                    [account_readings.Flow(row.amount, row.occurred_at) for row in flows],
                )
        count += len(page.rows)
        if page.complete:
            break
    return count
