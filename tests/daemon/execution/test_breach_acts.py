"""What a breach calls for is done once, by halts alone, and after a crash too."""

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import pytest

from daemon.execution import breach_acts, fan_out, reading
from daemon.execution.clearance import Clearance
from patriot_app.core.domain.breaches import Judged, judge
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk_limits import (
    BreachReach,
    LimitName,
    LimitScope,
    LimitSubject,
    Response,
    RiskLimit,
    effective_all,
)
from patriot_app.core.domain.risk_measurements import measure_account
from patriot_app.core.services import risk_watch
from patriot_app.core.unit_of_work import begin
from tests.core.domain.test_breaches import make_facts
from tests.daemon.execution.trading import SYMBOL, Trader, running_trader
from tests.database import Server

N = LimitName


@pytest.fixture
async def trader(server: Server, as_daemon: str, database_name: str) -> AsyncIterator[Trader]:
    async with running_trader(server, database_name, accounts=2) as trader:
        # What other tests found is no news here.
        trader.desk.execute("UPDATE risk_breaches SET told_at = now() WHERE told_at IS NULL")
        yield trader
        trader.desk.lift()


async def measure(
    trader: Trader, *accounts: UUID, limits: tuple[RiskLimit, ...] = (), **facts: object
) -> None:
    """Measure accounts as the job does, without acting."""
    known = {one.name: one for one in effective_all(limits, LimitSubject())}
    measured = [measure_account(make_facts(account_id=a, **facts), None, known) for a in accounts]
    judged: dict[UUID, Judged] = {
        one.facts.account_id: judge(one.values, known) for one in measured
    }
    async with begin(SYSTEM, clock=trader.context.clock) as uow:
        await risk_watch.record(uow, measured, judged)


async def acknowledge(trader: Trader) -> None:
    for (breach_id,) in trader.desk.execute(
        "SELECT id FROM risk_breaches WHERE state = 'open' AND account_id = ANY(%s)",
        list(trader.desk.accounts),
    ):
        assert isinstance(breach_id, UUID)
        async with begin(SYSTEM) as uow:
            await risk_watch.acknowledge(uow, breach_id, note="Seen by the desk")


def halts(trader: Trader) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT h.scope, h.level, h.state FROM halts AS h WHERE h.lifted_at IS NULL"
        " AND h.scope_id = ANY(%s) ORDER BY h.raised_at, h.id",
        [str(one) for one in (*trader.desk.accounts, trader.desk.client_id)],
    )


def done(trader: Trader) -> list[tuple[object, ...]]:
    return trader.desk.execute(
        "SELECT DISTINCT response, acted_at IS NOT NULL, did <> '' FROM risk_breaches"
        " WHERE account_id = ANY(%s)",
        list(trader.desk.accounts),
    )


def messages(trader: Trader) -> list[str]:
    rows = trader.desk.execute(
        "SELECT payload ->> 'summary' FROM events WHERE type = 'RiskBreachesFound'"
        " ORDER BY sequence DESC LIMIT 1"
    )
    return [str(text) for (text,) in rows]


async def test_a_loss_pauses_once_and_ends_when_it_is_seen_and_over(trader: Trader) -> None:
    accounts = trader.desk.accounts
    for _ in range(2):
        await measure(trader, *accounts, equity=Decimal(9_400))
        await breach_acts.act(trader.context)
    assert halts(trader) == [("account", 1, "reducing")] * 2
    assert done(trader) == [("pause", True, True)]
    assert messages(trader) == ["2 accounts: loss of the day above 5 %"]
    assert await orders_of(trader) == {0}
    await measure(trader, *accounts)
    await breach_acts.act(trader.context)
    assert len(halts(trader)) == 2, "nobody has seen it yet"
    await acknowledge(trader)
    await measure(trader, *accounts)
    await breach_acts.act(trader.context)
    assert halts(trader) == []


async def orders_of(trader: Trader) -> set[Decimal]:
    """Try to open positions; return what is held after."""
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    return {await trader.held(account) for account in trader.desk.accounts}


async def test_a_clients_pause_stands_until_the_last_breach_behind_it_is_over(
    trader: Trader,
) -> None:
    one, other = trader.desk.accounts
    wide = RiskLimit(
        LimitScope.DESK,
        None,
        N.DAILY_LOSS_FRACTION,
        Decimal("0.05"),
        action=Response.PAUSE,
        reach=BreachReach.CLIENT,
    )
    await measure(trader, one, other, limits=(wide,), equity=Decimal(9_400))
    await breach_acts.act(trader.context)
    assert halts(trader) == [("client", 1, "reducing")]
    await acknowledge(trader)
    await measure(trader, one)
    await breach_acts.act(trader.context)
    assert len(halts(trader)) == 1
    await measure(trader, other)
    await breach_acts.act(trader.context)
    assert halts(trader) == []


async def test_a_margin_beyond_its_second_step_is_halved_once(trader: Trader) -> None:
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await read(trader)
    account = trader.desk.accounts[0]
    before = await trader.held(account)
    await measure(trader, account, maintenance_margin=Decimal(7_500))
    await breach_acts.act(trader.context)
    assert halts(trader) == [("account", 2, "reducing")]
    await cleared(trader)
    after = await trader.held(account)
    assert 0 < before / 2 - after + Decimal("0.001") <= Decimal("0.001")
    # A crash before it was noted as done: the same halt halves no second time.
    trader.desk.execute("UPDATE halt_accounts SET state = 'running', tries = 1, due_at = now()")
    await cleared(trader)
    assert await trader.held(account) == after
    assert await trader.held(trader.desk.accounts[1]) == before


async def test_at_the_last_step_everything_is_closed(trader: Trader) -> None:
    signal_id = await trader.signal()
    await fan_out.run(trader.context, signal_id, trader.desk.all_shards)
    await read(trader)
    account = trader.desk.accounts[0]
    await measure(trader, account, maintenance_margin=Decimal(9_000))
    await breach_acts.act(trader.context)
    assert halts(trader) == [("account", 3, "halted")]
    await cleared(trader)
    assert await trader.held(account) == 0
    ((said,),) = trader.desk.execute(
        "SELECT did FROM risk_breaches WHERE account_id = %s AND response = 'halve'", account
    )
    assert "Not done" in str(said), "the exit goes further already"


async def test_a_desk_that_only_tells_halts_nobody(trader: Trader) -> None:
    trader.context.settings = trader.context.settings.model_copy(update={"breaches": "tell"})
    await measure(trader, trader.desk.accounts[0], equity=Decimal(9_400))
    await breach_acts.act(trader.context)
    assert halts(trader) == []
    assert done(trader) == [("pause", True, True)]


async def read(trader: Trader) -> None:
    for session in trader.sessions:
        await reading.read_orders(trader.context, session)
        await reading.read_fills(trader.context, session, SYMBOL)


async def cleared(trader: Trader) -> None:
    """Work until every account of every halt is done."""
    for _ in range(60):
        trader.desk.execute("UPDATE halt_accounts SET due_at = now() WHERE state = 'waiting'")
        clearance = Clearance(trader.context)
        await clearance.start_due()
        await clearance.settle()
        states = trader.desk.execute(
            "SELECT DISTINCT c.state FROM halt_accounts AS c JOIN halts AS h ON h.id = c.halt_id"
            " WHERE h.lifted_at IS NULL AND c.account_id = ANY(%s)",
            list(trader.desk.accounts),
        )
        if states == [("done",)]:
            await read(trader)
            return
    raise AssertionError(f"never cleared: {states}")
