"""Two plans at the same moment share the room under a limit: real transactions, one after the other."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.intents import PlanParameters, plan
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.targets import MarkPrice
from patriot_app.core.domain.verdicts import Denied, Planned, Verdict
from patriot_app.core.services import decisions, orders, signals, targets
from patriot_app.core.unit_of_work import UnitOfWork, begin
from tests.database import Server
from tests.factories.desk import INSTANCE_KEY, Desk, make_desk
from tests.factories.market import make_instrument
from tests.waiting import until

PRICES = {(exchange, AccountMode.PAPER): MarkPrice(Decimal(50_000), 0) for exchange in Exchange}


@pytest.fixture
def desk(server: Server, database_name: str) -> Iterator[Desk]:
    desk = make_desk(server, database_name, accounts=2, shards=2, symbols=("BTCUSDT", "ETHUSDT"))
    yield desk
    desk.execute("DELETE FROM risk_limits")


def limit(desk: Desk, name: str, value: str, *, scope: str = "desk", scope_id: str = "") -> None:
    desk.execute(
        "INSERT INTO risk_limits (id, scope, scope_id, name, value) VALUES (%s, %s, %s, %s, %s)",
        uuid4(),
        scope,
        scope_id,
        name,
        Decimal(value),
    )


async def decide(uow: UnitOfWork, desk: Desk, signal_id: UUID, account: UUID) -> Verdict:
    """Plan and record one account; the caller commits."""
    recorded = await signals.load(uow, signal_id)
    gathered, desk_notional = await targets.gather(uow, recorded, [account], shards=desk.all_shards)
    symbol = recorded.signal.symbol
    verdicts = plan(
        recorded.signal,
        [each.target for each in gathered],
        signal_id=signal_id,
        instruments={e: make_instrument(exchange=e, symbol=symbol) for e in Exchange},
        prices=PRICES,
        parameters=PlanParameters(risk_fraction=Decimal("0.01")),
        desk_notional=desk_notional,
        deadline=recorded.valid_until,
        now=uow.now,
    )
    wanted = await decisions.record(uow, recorded, verdicts, shards=desk.shards, first_place=0)
    await orders.open_intents(uow, wanted, instance_key=INSTANCE_KEY)
    return verdicts[0]


async def decide_at_once(
    desk: Desk, first: tuple[UUID, UUID], second: tuple[UUID, UUID]
) -> tuple[Verdict, Verdict]:
    """Decide two while neither has committed; return the verdicts in the order of the commits."""

    async def follow() -> Verdict:
        async with begin(SYSTEM) as uow:
            return await decide(uow, desk, *second)

    def waits() -> bool:
        rows = desk.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return rows != [(0,)]

    async with begin(SYSTEM) as uow:
        verdict = await decide(uow, desk, *first)
        following = asyncio.create_task(follow())
        await until(waits)
    return verdict, await following


async def test_two_signals_cannot_both_spend_an_accounts_room(as_daemon: str, desk: Desk) -> None:
    limit(desk, "leverage", "0.7", scope="account", scope_id=str(desk.accounts[0]))
    account = desk.accounts[0]
    first, second = await desk.signal(), await desk.signal(symbol="ETHUSDT")
    one, other = await decide_at_once(desk, (first, account), (second, account))
    assert isinstance(one, Planned)
    assert isinstance(other, Denied)
    assert other.reason == "LEVERAGE_LIMIT"


async def test_two_shards_cannot_both_spend_the_desks_room(as_daemon: str, desk: Desk) -> None:
    ((held,),) = desk.execute("SELECT coalesce(sum(reserved_notional), 0) FROM intents")
    limit(desk, "desk_exposure", str(Decimal(str(held)) + 7_500))
    signal_id = await desk.signal()
    one, other = await decide_at_once(
        desk, (signal_id, desk.accounts[0]), (signal_id, desk.accounts[1])
    )
    assert isinstance(one, Planned)
    assert isinstance(other, Denied)
    assert other.reason == "DESK_EXPOSURE_LIMIT"


async def test_an_order_under_way_counts_as_a_position_and_in_the_rate(
    as_daemon: str, desk: Desk
) -> None:
    account = desk.accounts[0]
    async with begin(SYSTEM) as uow:
        await decide(uow, desk, await desk.signal(), account)
    limit(desk, "order_rate", "1")
    async with begin(SYSTEM) as uow:
        verdict = await decide(uow, desk, await desk.signal(symbol="ETHUSDT"), account)
    assert isinstance(verdict, Denied)
    assert verdict.reason == "ORDER_RATE_LIMIT"
    desk.execute("DELETE FROM risk_limits")
    limit(desk, "open_positions", "1")
    async with begin(SYSTEM) as uow:
        verdict = await decide(uow, desk, await desk.signal(symbol="ETHUSDT"), account)
    assert isinstance(verdict, Denied)
    assert verdict.reason == "OPEN_POSITIONS_LIMIT"


async def test_an_override_that_expired_binds_no_more(as_daemon: str, desk: Desk) -> None:
    account = desk.accounts[0]
    limit(desk, "position_notional", "100")
    desk.execute(
        "INSERT INTO risk_limits (id, scope, scope_id, name, value, is_override, expires_at)"
        " VALUES (%s, 'account', %s, 'position_notional', 9000, true, now() + interval '1 hour')",
        uuid4(),
        str(account),
    )
    async with begin(SYSTEM) as uow:
        verdict = await decide(uow, desk, await desk.signal(), account)
    assert isinstance(verdict, Planned)
    desk.execute("UPDATE risk_limits SET expires_at = now() WHERE is_override")
    async with begin(SYSTEM) as uow:
        verdict = await decide(uow, desk, await desk.signal(symbol="ETHUSDT"), account)
    assert isinstance(verdict, Denied)
    assert verdict.reason == "POSITION_NOTIONAL_LIMIT"
