"""Value every account with a standing stream at the present prices."""

from decimal import Decimal

from daemon.context import Context
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import account_readings
from patriot_app.core.services.account_readings import AccountReading
from patriot_app.core.unit_of_work import begin

PRICE_AGE_MS_MAX = 10_000


async def run(context: Context) -> None:
    """Store the figures; an account without a stream or a fresh price is left to grow stale."""

    def price_of(exchange: Exchange, mode: AccountMode, symbol: str) -> Decimal | None:
        mark = context.prices.get(exchange, mode, symbol)
        return mark.price if mark is not None and mark.age_ms <= PRICE_AGE_MS_MAX else None

    now, market_now = context.clock.now(), context.market_now()
    readings = []
    for account_id in context.standing:
        found = context.figures.value(
            account_id, price_of=price_of, instruments=context.instruments, now=market_now
        )
        if found is not None:
            readings.append(
                AccountReading(
                    account_id=account_id,
                    balance=found.balance,
                    positions=found.positions,
                    observed_at=now,
                    market_at=market_now,
                    held_at=found.held_at,
                    told_at=found.told_at,
                )
            )
    if readings:
        async with begin(SYSTEM) as uow:
            await account_readings.record_readings(uow, readings, is_sync=False)
