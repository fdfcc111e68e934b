"""Calls reach a real receiver over real sockets: signed, tried again, never led astray."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from daemon import webhooks as caller
from daemon.webhooks import BATCH, DOES_NOT_OPEN, LEASE, NO_KEY, GuardedResolver, Webhooks
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.events import HaltRaised, InvoiceSent
from patriot_app.core.domain.mail_pacing import mail_pause
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.webhooks import AGE_MAX, TRIES_MAX
from patriot_app.core.errors import Refused
from patriot_app.core.queries import deliveries
from patriot_app.core.services import delivery_watch, webhook_outbox, webhooks
from patriot_app.core.services.delivery_watch import STOPPED_AFTER
from patriot_app.core.services.webhooks import NewSecret
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin
from tests.canaries import Canaries, whole_database
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.roles import acting_as
from tests.factories.rows import OPERATOR
from tests.receiver import Receiver, running_receiver

DOCUMENT = Path(__file__).parents[2] / "docs" / "webhooks.md"


@dataclass
class Desk:
    """A desk with one webhook, and the process that calls it."""

    receiver: Receiver
    clock: FrozenClock
    keys: Keys
    server: Server
    database: str
    hook: NewSecret

    @property
    def sender(self) -> Webhooks:
        return Webhooks(self.keys.webhook_private, clock=self.clock, may_loop_back=True)

    async def happens(self, times: int = 1) -> None:
        async with begin(SYSTEM) as uow:
            for _ in range(times):
                uow.record(
                    HaltRaised(
                        state="halted", level=3, scope="account", scope_id="x", reason="Ada called"
                    )
                )

    async def state(self) -> tuple[str, str, bool]:
        """Return (status, last result, is failing) of the webhook."""
        async with begin(SYSTEM) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT status, last_result, failing_since IS NOT NULL FROM webhooks"
                    " WHERE id = :id"
                ),
                {"id": self.hook.webhook_id},
            )
            return tuple(found.one())  # type: ignore[return-value]

    async def rows(self) -> list[tuple[bool, bool, int, str]]:
        """Return (is sent, is given up, attempts, error) of its calls, oldest first."""
        async with begin(SYSTEM) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT sent_at IS NOT NULL, given_up_at IS NOT NULL, attempts, error"
                    " FROM notifications WHERE channel = 'webhook' AND webhook_id = :id"
                    " ORDER BY created_at, event_id"
                ),
                {"id": self.hook.webhook_id},
            )
            return [tuple(row) for row in found]

    async def told(self, event: str) -> int:
        async with begin(SYSTEM) as uow:
            found = await uow.session.execute(
                text("SELECT count(*) FROM events WHERE type = :type AND subject_id = :id"),
                {"type": event, "id": self.hook.webhook_id},
            )
            return int(found.scalar_one())

    async def move(self, url: str) -> None:
        """Let the webhook lead elsewhere, as a name that changed its mind would."""
        self.server.execute(
            f"UPDATE webhooks SET url = '{url}' WHERE id = '{self.hook.webhook_id}'",
            database=self.database,
        )


async def registered(server: Server, database: str, url: str, *kinds: str) -> NewSecret:
    async with acting_as(server, database, "patriot_web"), begin(OPERATOR) as uow:
        return await webhooks.add(uow, name="Ours", url=url, kinds=kinds)


@pytest.fixture
async def desk(
    server: Server,
    database_name: str,
    as_daemon: str,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    server.execute(
        "DELETE FROM notifications; DELETE FROM delivery_alarms; DELETE FROM webhooks",
        database=database_name,
    )
    monkeypatch.setenv("PATRIOT_DEMO", "1")
    monkeypatch.setenv("PATRIOT_WEBHOOK_LOOPBACK", "1")
    get_settings.cache_clear()
    async with running_receiver() as receiver:
        url = f"{receiver.url}/patriot"
        hook = await registered(server, database_name, url, "risk", "fees")
        clock = FrozenClock(SystemClock().now() + timedelta(minutes=1))
        yield Desk(receiver, clock, keys, server, database_name, hook)


def verifier() -> Any:
    """Return the function that the document gives to receivers."""
    [code] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    given: dict[str, Any] = {}
    exec(code, given)  # noqa: S102 - the document's own code is under test
    return given["verify"]


async def test_a_receiver_verifies_a_call_as_the_document_says(desk: Desk) -> None:
    await desk.happens()
    assert await desk.sender.send_due() == 1
    assert await desk.sender.send_due() == 0
    [(path, headers, body)] = desk.receiver.calls
    assert path == "/patriot"
    verify, known = verifier(), set[str]()
    now, secret = desk.clock.now().timestamp(), desk.hook.secret
    event = verify(secret, headers, body, now=now, known=known)
    assert event["type"] == "HaltRaised"
    assert event["details"] == {"state": "halted", "level": 3, "scope": "account", "scope_id": "x"}
    assert headers["Patriot-Event"] == event["id"]
    assert b"Ada" not in body
    assert verify(secret, headers, body, now=now, known=known) is None, "a repetition is known"
    for forged, at in (
        ((secret, headers, body + b" "), now),
        (("whsec_another", headers, body), now),
        ((secret, headers | {"Patriot-Timestamp": str(int(now) + 1)}, body), now),
        ((secret, headers, body), now + 301),
    ):
        with pytest.raises(ValueError, match=r"secret|too long ago"):
            verify(*forged, now=at, known=set())
    assert await desk.rows() == [(True, False, 1, "")]
    assert await desk.state() == ("active", "HTTP 200", False)


async def test_what_nobody_of_the_staff_hears_calls_nobody(desk: Desk) -> None:
    async with begin(SYSTEM) as uow:
        uow.record(
            InvoiceSent(
                client_id=uuid4(),
                number="2026-00001",
                month="2026-10",
                amount="5.00",
                currency="USDT",
                due_on="2026-11-30",
                link="",
            )
        )
    assert await desk.sender.send_due() == 0


async def test_a_receiver_in_trouble_is_called_again_with_the_same_event(desk: Desk) -> None:
    desk.receiver.answers = [500, 302, 200]
    await desk.happens()
    sender = desk.sender
    assert await sender.send_due() == 1
    assert await desk.state() == ("active", "HTTP 500", True)
    assert await sender.send_due() == 0, "not before its pause is over"
    for tried in (1, 2):
        desk.clock.advance(mail_pause(tried).total_seconds() + 1)
        assert await sender.send_due() == 1
    assert {path for path, _, _ in desk.receiver.calls} == {"/patriot"}, "no redirect is followed"
    assert len({body for _, _, body in desk.receiver.calls}) == 1
    assert len({headers["Patriot-Timestamp"] for _, headers, _ in desk.receiver.calls}) == 3
    assert await desk.rows() == [(True, False, 3, "")]
    assert await desk.state() == ("active", "HTTP 200", False)


async def test_a_receiver_that_is_gone_is_switched_off_and_staff_is_told(desk: Desk) -> None:
    desk.receiver.answers = [410]
    await desk.happens()
    await desk.sender.send_due()
    assert await desk.state() == ("off", "HTTP 410", True)
    assert await desk.told("WebhookSwitchedOff") == 1
    await desk.happens()
    assert len(await desk.rows()) == 1, "it hears nothing while it is off"
    async with acting_as(desk.server, desk.database, "patriot_web"), begin(OPERATOR) as uow:
        await webhooks.resume(uow, desk.hook.webhook_id, reason="It was moved")
    await desk.happens()
    await desk.sender.send_due()
    assert await desk.state() == ("active", "HTTP 200", False)


async def test_a_receiver_that_takes_nothing_for_an_hour_is_switched_off(desk: Desk) -> None:
    desk.receiver.answers = [503] * (TRIES_MAX + 1)
    await desk.happens()
    sender = desk.sender
    for tried in range(1, TRIES_MAX + 1):
        assert await sender.send_due() == 1
        assert (await desk.state())[0] == ("off" if tried == TRIES_MAX else "active")
        desk.clock.advance(mail_pause(tried).total_seconds() + 1)
    assert await desk.rows() == [(False, True, TRIES_MAX, "HTTP 503")]
    assert await desk.told("WebhookSwitchedOff") == 1


async def test_one_call_that_is_refused_throughout_does_not_switch_off(desk: Desk) -> None:
    await desk.happens()
    sender = desk.sender
    desk.receiver.answers = [400]
    await sender.send_due()
    for tried in range(1, TRIES_MAX):
        desk.clock.advance(mail_pause(tried).total_seconds() + 1)
        await desk.happens()
        desk.receiver.answers = [400, 200]  # the older one is called first
        await one_by_one(sender, 2)
    assert [row for row in await desk.rows() if row[1]] == [(False, True, TRIES_MAX, "HTTP 400")]
    assert (await desk.state())[0] == "active"


async def one_by_one(sender: Webhooks, count: int) -> None:
    """Let calls leave in their order, where a batch would make them side by side."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caller, "BATCH", 1)
        for _ in range(count):
            assert await sender.send_due() == 1


async def test_a_slow_receiver_is_left_after_a_while_and_holds_up_no_other(desk: Desk) -> None:
    async with running_receiver() as other:
        second = await registered(desk.server, desk.database, f"{other.url}/other", "risk")
        desk.receiver.is_silent = True
        await desk.happens()
        sender = Webhooks(
            desk.keys.webhook_private, clock=desk.clock, may_loop_back=True, timeout_s=0.5
        )
        assert await sender.send_due() == 2
        assert [event["class"] for event in other.events()] == ["risk"]
        assert second.secret != desk.hook.secret
    assert (await desk.state())[1].startswith("No answer within")


async def test_nobody_listening_is_said_so(desk: Desk) -> None:
    await desk.move("http://127.0.0.1:1/")
    await desk.happens()
    await desk.sender.send_due()
    assert (await desk.state())[1].startswith("Cannot be reached")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "127.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"],
)
async def test_a_name_that_leads_into_the_house_is_not_called(desk: Desk, host: str) -> None:
    port = desk.receiver.url.rpartition(":")[2]
    sender = Webhooks(desk.keys.webhook_private, clock=desk.clock)
    for scheme in ("https", "http"):
        await desk.move(f"{scheme}://{host}:{port}/")
        await desk.happens()
        assert await sender.send_due() == 1
    assert not desk.receiver.calls
    assert [row[:3] for row in await desk.rows()] == [(False, False, 1)] * 2


async def test_a_name_is_resolved_to_one_address_that_was_looked_at() -> None:
    [found] = await GuardedResolver(may_loop_back=True).resolve("localhost", 443)
    assert found["host"] in {"127.0.0.1", "::1"}
    with pytest.raises(Refused, match="not public"):
        await GuardedResolver(may_loop_back=False).resolve("localhost", 443)


async def test_who_died_while_calling_is_followed_with_the_same_event(desk: Desk) -> None:
    await desk.happens()
    async with begin(SYSTEM, clock=desk.clock) as uow:
        [taken] = await webhook_outbox.claim(uow, count=BATCH, lease=LEASE)
    assert await desk.sender.send_due() == 0
    desk.clock.advance(LEASE.total_seconds() + 1)
    assert await desk.sender.send_due() == 1
    assert desk.receiver.events()[0]["id"] == str(taken.event_id)


async def test_what_happens_during_a_pause_waits_for_its_end(desk: Desk) -> None:
    hook = desk.hook.webhook_id
    async with acting_as(desk.server, desk.database, "patriot_web"):
        async with begin(OPERATOR) as uow:
            await webhooks.pause(uow, hook, reason="The receiver is moved")
        async with begin(OPERATOR) as uow:
            with pytest.raises(Refused, match="Resume it first"):
                await webhooks.test(uow, hook)
    await desk.happens(2)
    assert await desk.sender.send_due() == 0
    async with acting_as(desk.server, desk.database, "patriot_web"):
        async with begin(OPERATOR) as uow:
            await webhooks.resume(uow, hook, reason="It is back")
        async with begin(OPERATOR) as uow:
            await webhooks.test(uow, hook)
    assert await desk.sender.send_due() == 3
    types = sorted(event["type"] for event in desk.receiver.events())
    assert types == ["HaltRaised", "HaltRaised", "WebhookTested"]


async def test_old_calls_and_those_of_a_deleted_webhook_are_given_up(desk: Desk) -> None:
    await desk.happens()
    desk.clock.advance(AGE_MAX.total_seconds() + 60)
    assert await desk.sender.send_due() == 0
    async with acting_as(desk.server, desk.database, "patriot_web"), begin(OPERATOR) as uow:
        await webhooks.test(uow, desk.hook.webhook_id)
        await webhooks.delete(uow, desk.hook.webhook_id, reason="Not needed any more")
    assert await desk.sender.send_due() == 0
    errors = [error for _, _, _, error in await desk.rows()]
    assert errors == ["Too old to be news", "The webhook was deleted"]
    async with begin(SYSTEM) as uow:
        kept = await uow.session.execute(text("SELECT secret FROM webhooks"))
        assert [bytes(one) for one in kept.scalars()] == [b""]


async def test_a_new_secret_signs_what_waits_and_a_foreign_one_does_not_open(desk: Desk) -> None:
    await desk.happens()
    async with acting_as(desk.server, desk.database, "patriot_web"), begin(OPERATOR) as uow:
        made = await webhooks.rotate_secret(uow, desk.hook.webhook_id)
    await desk.sender.send_due()
    [(_, headers, body)] = desk.receiver.calls
    now = desk.clock.now().timestamp()
    assert verifier()(made.secret, headers, body, now=now, known=set())
    await registered(desk.server, desk.database, f"{desk.receiver.url}/second", "fees")
    desk.server.execute(
        "UPDATE webhooks SET secret = (SELECT o.secret FROM webhooks AS o"
        f" WHERE o.id <> '{desk.hook.webhook_id}') WHERE id = '{desk.hook.webhook_id}'",
        database=desk.database,
    )
    await desk.happens()
    await desk.sender.send_due()
    assert len(desk.receiver.calls) == 1
    assert (await desk.state())[1] == DOES_NOT_OPEN


async def test_without_its_key_a_process_gives_up_with_the_reason(desk: Desk) -> None:
    await desk.happens()
    assert await Webhooks(None, clock=desk.clock).send_due() == 0
    assert await desk.rows() == [(False, True, 0, NO_KEY)]


async def test_calls_that_nobody_makes_raise_the_alarm_and_a_dead_receiver_does_not(
    desk: Desk,
) -> None:
    await desk.happens()
    desk.clock.advance(STOPPED_AFTER.total_seconds() + 1)
    async with begin(SYSTEM, clock=desk.clock) as uow:
        assert "webhook" in await delivery_watch.look(uow)
    desk.receiver.answers = [500]
    await desk.sender.send_due()
    async with begin(SYSTEM, clock=desk.clock) as uow:
        assert "webhook" not in await delivery_watch.look(uow)
    assert "webhook" not in {name for name, _ in await deliveries.stopped(SYSTEM)}


async def test_a_secret_lies_nowhere_in_the_open(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    canaries = Canaries()
    canaries.plant("webhook secret", desk.hook.secret)
    with caplog.at_level("DEBUG"):
        await desk.happens()
        await desk.sender.send_due()
    places: dict[str, str | bytes] = {
        "the log": caplog.text,
        "the database": whole_database(desk.server, desk.database),
        "what it says of itself": repr(desk.hook),
        "the calls": repr(desk.receiver.calls),
    }
    assert canaries.leaks(places) == {}


async def test_the_web_process_cannot_read_a_secret_back(desk: Desk) -> None:
    async with acting_as(desk.server, desk.database, "patriot_web"), begin(OPERATOR) as uow:
        with pytest.raises(Exception, match="permission denied"):
            await uow.session.execute(text("SELECT secret FROM webhooks"))
        await uow.session.rollback()
