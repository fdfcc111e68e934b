"""An incident opens by itself, wakes people level by level, and is closed with its cause."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from patriot_app.core.clock import FrozenClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.events import AccountParked, PositionUnprotected
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.incidents import Contact, is_on_duty, next_level
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import incidents as incident_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import (
    emergency_contacts,
    escalation,
    halts,
    incidents,
    notifications,
)
from patriot_app.core.services.emergency_contacts import Entry
from patriot_app.core.unit_of_work import begin
from tests.database import Server, database
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client

WAIT = timedelta(minutes=5)
DAY = Contact(uuid4(), "Ada", "email", "ada@firm.example", 1, time(8), time(20))
NIGHT = replace(DAY, name="Bo", hours_from=time(20), hours_to=time(8))


@pytest.fixture
def database_name(server: Server) -> Iterator[str]:
    """Each test has its own: incidents are the whole desk's."""
    with database(server) as name:
        yield name


class Desk:
    """Both processes on one database, at a time in the test's hand."""

    def __init__(self, server: Server, name: str) -> None:
        self.clock = FrozenClock(datetime.now(UTC))
        self.rows = DaemonRows(server, name)
        self._engines = {
            role: create_engine(server.url(role, name), process_name="tests", pool_size=2)
            for role in ("patriot_web", "patriot_daemon")
        }
        self.as_web()

    def as_web(self) -> None:
        use_engine(self._engines["patriot_web"])

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[None]:
        use_engine(self._engines["patriot_daemon"])
        try:
            yield
        finally:
            self.as_web()

    async def close(self) -> None:
        use_engine(None)
        for engine in self._engines.values():
            await engine.dispose()

    async def look(self, *, not_trading: str | None = "") -> int:
        """Do what the daemon's job does; return how many people were woken."""
        async with self.daemon():
            async with begin(SYSTEM, clock=self.clock) as uow:
                await incidents.follow_facts(uow, patience_s=10, not_trading=not_trading)
            async with begin(SYSTEM, clock=self.clock) as uow:
                return await escalation.escalate(uow, after=WAIT)

    async def halt(self, level: HaltLevel = HaltLevel.CANCEL_ENTRIES) -> UUID:
        async with begin(OPERATOR) as uow:
            raised = await halts.raise_halt(
                uow, scope=HaltScope.DESK, level=level, reason="Prices make no sense"
            )
        return raised.halt_id

    async def contact(self, name: str, level: int) -> UUID:
        async with begin(OPERATOR) as uow:
            entry = Entry(name, "email", f"{name.lower()}@firm.example", level)
            return await emergency_contacts.set_contact(uow, entry)

    async def only(self) -> incident_queries.IncidentView:
        page = await incident_queries.page(OPERATOR, PageRequest())
        assert len(page.items) == 1
        return page.items[0]

    async def woken(self) -> list[tuple[int, int, str]]:
        record = await incident_queries.record(OPERATOR, (await self.only()).id)
        return [(one.round, one.level, one.name) for one in record.pages]


@pytest.fixture
async def desk(server: Server, database_name: str) -> AsyncIterator[Desk]:
    made = Desk(server, database_name)
    yield made
    await made.close()


def test_a_contact_is_woken_in_his_hours_only() -> None:
    noon, night = datetime(2026, 5, 4, 12, tzinfo=UTC), datetime(2026, 5, 4, 23, tzinfo=UTC)
    assert (is_on_duty(DAY, noon), is_on_duty(DAY, night)) == (True, False)
    assert (is_on_duty(NIGHT, noon), is_on_duty(NIGHT, night)) == (False, True)
    assert is_on_duty(replace(DAY, hours_to=time(8)), night)


def test_a_level_that_sleeps_is_passed_over() -> None:
    second = replace(NIGHT, level=2)
    found = next_level([DAY, second], after=0, now=datetime(2026, 5, 4, 23, tzinfo=UTC))
    assert found == (2, (second,))
    assert next_level([DAY], after=1, now=datetime(2026, 5, 4, 12, tzinfo=UTC)) is None


async def test_a_halt_opens_an_incident_once_and_wakes_the_first_level(desk: Desk) -> None:
    await desk.contact("Ada", 1)
    await desk.contact("Bo", 2)
    await desk.halt()
    assert await desk.look() == 1
    assert await desk.look() == 0
    incident = await desk.only()
    assert (incident.kind, incident.state, incident.level_paged) == ("halt", "open", 1)
    assert incident.detail == "K2 on desk: Prices make no sense"
    async with desk.daemon(), begin(SYSTEM) as uow:
        mails = await notifications.claim_mail(uow, count=20, lease=WAIT)
    paged = [mail for mail in mails if mail.title.startswith("[level 1]")]
    assert [(mail.email, mail.name) for mail in paged] == [("ada@firm.example", "Ada")]


async def test_a_mild_halt_opens_none(desk: Desk) -> None:
    await desk.halt(HaltLevel.NO_ENTRIES)
    await desk.look()
    assert (await incident_queries.page(OPERATOR, PageRequest())).total == 0


async def test_nobody_acknowledged_so_the_next_level_is_woken(desk: Desk) -> None:
    for name, level in (("Ada", 1), ("Bo", 2), ("Cy", 2)):
        await desk.contact(name, level)
    await desk.halt()
    await desk.look()
    desk.clock.advance(WAIT.total_seconds() - 1)
    assert await desk.look() == 0
    desk.clock.advance(1)
    assert await desk.look() == 2
    desk.clock.advance(WAIT.total_seconds())
    assert await desk.look() == 0
    assert await desk.woken() == [(1, 1, "Ada"), (1, 2, "Bo"), (1, 2, "Cy")]


async def test_an_acknowledgement_ends_the_waking_and_is_kept(desk: Desk) -> None:
    await desk.contact("Ada", 1)
    await desk.contact("Bo", 2)
    await desk.halt()
    await desk.look()
    incident = await desk.only()
    assert await incident_queries.count_unattended(OPERATOR) == 1
    async with begin(OPERATOR) as uow:
        await incidents.acknowledge(uow, incident.id)
    desk.clock.advance(WAIT.total_seconds())
    assert await desk.look() == 0
    assert await incident_queries.count_unattended(OPERATOR) == 0
    assert (await desk.only()).acknowledged_at is not None
    with pytest.raises(Refused, match="already"):
        async with begin(OPERATOR) as uow:
            await incidents.acknowledge(uow, incident.id)
    record = await incident_queries.record(OPERATOR, incident.id)
    assert "IncidentAcknowledged" in [step.type for step in record.timeline]


async def test_an_incident_is_closed_with_its_cause_and_only_when_it_is_over(desk: Desk) -> None:
    halt_id = await desk.halt()
    await desk.look()
    incident = await desk.only()
    with pytest.raises(Refused, match="goes on"):
        async with begin(OPERATOR) as uow:
            await incidents.close(uow, incident.id)
    async with begin(OPERATOR) as uow:
        await uow.session.execute(
            text("UPDATE halts SET lifted_at = now() WHERE id = :id"), {"id": halt_id}
        )
    await desk.look()
    assert (await desk.only()).state == "mitigated"
    with pytest.raises(Refused, match="root cause"):
        async with begin(OPERATOR) as uow:
            await incidents.close(uow, incident.id)
    async with begin(OPERATOR) as uow:
        await incidents.write_record(
            uow, incident.id, root_cause="A frozen feed", follow_ups="Watch its age"
        )
        await incidents.close(uow, incident.id)
    closed = await desk.only()
    assert (closed.state, closed.root_cause) == ("closed", "A frozen feed")
    await desk.look()
    assert (await desk.only()).state == "closed"
    with pytest.raises(Refused, match="stays as it is"):
        async with begin(OPERATOR) as uow:
            await incidents.write_record(uow, incident.id, root_cause="x", follow_ups="")


async def test_what_comes_back_opens_the_same_incident_and_wakes_anew(desk: Desk) -> None:
    await desk.contact("Ada", 1)
    account_id = await make_account(await make_client())
    desk.rows.state(account_id)

    async def park() -> None:
        async with desk.daemon(), begin(SYSTEM, clock=desk.clock) as uow:
            await uow.session.execute(
                text("UPDATE account_states SET parked_reason = 'x' WHERE account_id = :id"),
                {"id": account_id},
            )
            uow.record(AccountParked(account_id=account_id, reason="The wallet differs"))

    await park()
    await desk.look()
    desk.rows.execute("UPDATE account_states SET parked_reason = ''")
    desk.clock.advance(1)
    await desk.look()
    assert (await desk.only()).state == "mitigated"
    desk.clock.advance(1)
    await park()
    await desk.look()
    again = await desk.only()
    assert (again.state, again.round) == ("open", 2)
    assert await desk.woken() == [(1, 1, "Ada"), (2, 1, "Ada")]


async def test_many_unprotected_positions_are_one_incident(desk: Desk) -> None:
    accounts = [await make_account(await make_client()) for _ in range(3)]
    async with desk.daemon(), begin(SYSTEM) as uow:
        for account_id in accounts:
            uow.record(PositionUnprotected(account_id=account_id, symbol="BTCUSDT", seconds=12))
    for account_id in accounts:
        desk.rows.position(account_id)
    desk.rows.execute("UPDATE positions SET unprotected_since = now() - interval '1 minute'")
    await desk.look()
    incident = await desk.only()
    assert (incident.kind, incident.state) == ("unprotected", "open")
    record = await incident_queries.record(OPERATOR, incident.id)
    assert record.effect.accounts == 3


async def test_a_desk_that_does_not_trade_is_an_incident_until_it_does(desk: Desk) -> None:
    await desk.look(not_trading="It holds no accounts")
    await desk.look(not_trading=None)
    assert (await desk.only()).state == "open"
    await desk.look(not_trading="")
    assert (await desk.only()).state == "mitigated"


async def test_a_contact_needs_a_name_an_address_and_a_level(desk: Desk) -> None:
    with pytest.raises(Invalid) as error:
        async with begin(OPERATOR) as uow:
            await emergency_contacts.set_contact(uow, Entry(" ", "pigeon", "nobody", 9))
    assert set(error.value.fields) == {"name", "channel", "address", "level"}


async def test_a_removed_contact_is_woken_no_more(desk: Desk) -> None:
    contact_id = await desk.contact("Ada", 1)
    async with begin(OPERATOR) as uow:
        await emergency_contacts.remove_contact(uow, contact_id, reason="Left the firm")
    await desk.halt()
    assert await desk.look() == 0
    assert await incident_queries.contacts(OPERATOR) == ()
