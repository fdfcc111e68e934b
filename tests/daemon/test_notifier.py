"""The outbox is emptied: at least once, each row for itself, and nothing piles up in silence."""

import pickle
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from daemon.email import MailServer
from daemon.notifier import BATCH, LEASE, NOT_CONFIGURED, WATCH_EVERY_S, Notifier
from patriot_app.core.clock import FrozenClock, SystemClock
from patriot_app.core.domain.events import MaintenancePlanned, PositionUnprotected
from patriot_app.core.domain.mail_pacing import MAIL_AGE_MAX
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import deliveries
from patriot_app.core.services import notifications
from patriot_app.core.services.delivery_watch import STOPPED_AFTER
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin
from tests.canaries import Canaries, whole_database
from tests.database import Server
from tests.mail_server import Post, running_post

TRADER = "trader@firm.example"


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with running_post() as server:
        yield server


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that starts now: rows are dated by the database."""
    return FrozenClock(SystemClock().now() + timedelta(minutes=1))


class Outbox:
    """The database of this test with one fund manager in it."""

    def __init__(self, server: Server, database: str) -> None:
        self._server, self._database = server, database
        self.execute("DELETE FROM notifications; DELETE FROM notification_settings")
        self.execute("DELETE FROM notification_choices")
        self.execute("DELETE FROM users")
        self.person(TRADER)

    def execute(self, statement: str) -> None:
        self._server.execute(statement, database=self._database)

    def person(self, email: str, *, is_demo: bool = False) -> UUID:
        person = uuid4()
        self.execute(
            "INSERT INTO users (id, email, name, status, risk_profile, roles, is_demo) VALUES"
            f" ('{person}', '{email}', 'Somebody', 'active', 'medium', '{{fund_manager}}',"
            f" {is_demo})"
        )
        return person

    async def rows(self) -> list[tuple[bool, bool, int, str]]:
        """Return (is sent, is given up, attempts, error) of the e-mail, oldest first."""
        async with begin(SYSTEM) as uow:
            found = await uow.session.execute(
                text(
                    "SELECT sent_at IS NOT NULL, given_up_at IS NOT NULL, attempts, error"
                    " FROM notifications WHERE channel = 'email' ORDER BY created_at, id"
                )
            )
            return [tuple(row) for row in found]


@pytest.fixture
def outbox(server: Server, database_name: str, as_daemon: str) -> Outbox:
    return Outbox(server, database_name)


def notifier(post: Post, clock: FrozenClock) -> Notifier:
    settings = Settings(smtp_url=post.url, smtp_from="PATRIOT <desk@firm.example>")
    return Notifier(MailServer.of(settings), clock=clock)


async def happen(times: int = 1) -> None:
    """Record facts that cannot wait."""
    async with begin(SYSTEM) as uow:
        for _ in range(times):
            uow.record(PositionUnprotected(account_id=uuid4(), symbol="ETHUSDT", seconds=12))


async def test_what_cannot_wait_is_mailed_once(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    await happen()
    sender = notifier(post, clock)
    assert await sender.send_due() == 1
    assert await sender.send_due() == 0
    (letter,) = post.letters
    assert letter["To"] == f"Somebody <{TRADER}>"
    assert letter["Subject"] == "[critical] ETHUSDT: a position has no stop"
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        assert "For 12 s the exchange has shown no protective stop." in part.get_content()
    assert await outbox.rows() == [(True, False, 1, "")]


async def test_who_chose_a_language_is_written_to_in_it(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    outbox.execute(
        "INSERT INTO notification_settings (user_id, language) SELECT id, 'uk' FROM users"
    )
    await happen()
    await notifier(post, clock).send_due()
    (letter,) = post.letters
    assert letter["Subject"] == "[critical] ETHUSDT: позиція без стопа"
    page = letter.get_body(("html",))
    assert page is not None
    assert '<html lang="uk">' in page.get_content()
    assert "Відкрити PATRIOT" in page.get_content()
    async with begin(SYSTEM) as uow:
        found = await uow.session.execute(
            text("SELECT body FROM notifications WHERE channel = 'console'")
        )
        assert found.scalar_one() == "Уже 12 с біржа не показує захисного стопа."


async def test_a_batch_shares_one_connection(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    await happen(BATCH + 3)
    sender = notifier(post, clock)
    assert [await sender.send_due(), await sender.send_due()] == [BATCH, 3]
    assert post.connections == 2
    assert len({letter["Message-ID"] for letter in post.letters}) == BATCH + 3


async def test_a_server_that_hangs_up_is_tried_again_later(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    await happen()
    sender = notifier(post, clock)
    post.is_deaf = True
    assert await sender.send_due() == 1
    post.is_deaf = False
    assert await sender.send_due() == 0  # not before its pause is over
    clock.advance(31)
    assert await sender.send_due() == 1
    assert len(post.letters) == 1
    assert await outbox.rows() == [(True, False, 2, "")]


async def test_one_refused_address_holds_up_no_other(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    outbox.person("gone@firm.example")
    outbox.person("full@firm.example")
    post.refusals = {"gone@firm.example": "550 no such box", "full@firm.example": "452 box full"}
    await happen()
    assert await notifier(post, clock).send_due() == 3
    assert len(post.letters) == 1
    assert sorted(await outbox.rows()) == [
        (False, False, 1, "452 box full"),
        (False, True, 1, "550 no such box"),
        (True, False, 1, ""),
    ]


async def test_an_address_that_no_header_can_hold_is_given_up(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    outbox.execute("UPDATE users SET email = 'tr\u00e4der@firm.example'")
    await happen()
    await notifier(post, clock).send_due()
    ((is_sent, is_given_up, _, error),) = await outbox.rows()
    assert (is_sent, is_given_up) == (False, True)
    assert error


async def test_a_sender_that_died_is_followed_when_its_lease_is_over(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    await happen()
    async with begin(SYSTEM, clock=clock) as uow:
        taken = await notifications.claim_mail(uow, count=5, lease=LEASE)
    assert len(taken) == 1
    sender = notifier(post, clock)
    assert await sender.send_due() == 0
    clock.advance(LEASE.total_seconds() + 1)
    assert await sender.send_due() == 1
    assert post.letters[0]["Message-ID"].startswith(f"<{taken[0].id}@")


async def test_two_senders_never_take_the_same_message(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    await happen(2)
    async with begin(SYSTEM, clock=clock) as one, begin(SYSTEM, clock=clock) as other:
        first = await notifications.claim_mail(one, count=1, lease=LEASE)
        second = await notifications.claim_mail(other, count=5, lease=LEASE)
    assert len(first) == len(second) == 1
    assert first[0].id != second[0].id


async def test_who_finds_a_channel_silent_tells_it_once_by_the_others(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    outbox.execute("DELETE FROM delivery_alarms")
    await happen()
    outbox.execute("UPDATE notifications SET channel = 'telegram' WHERE channel = 'email'")
    sender = notifier(post, clock)
    for seconds in (0.0, STOPPED_AFTER.total_seconds() + 1, WATCH_EVERY_S):
        clock.advance(seconds)
        await sender.watch()
        await sender.send_due()
    assert [letter["Subject"] for letter in post.letters] == [
        "[critical] Messages do not leave by telegram"
    ]
    assert await deliveries.stopped(SYSTEM) != []
    outbox.execute("UPDATE notifications SET sent_at = now() WHERE channel = 'telegram'")
    clock.advance(WATCH_EVERY_S)
    await sender.watch()
    assert await deliveries.stopped(SYSTEM) == []


async def test_a_digest_is_one_letter_at_its_time(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    outbox.execute(
        "INSERT INTO notification_settings (user_id, digest, digest_at)"
        " SELECT id, 'daily', '08:00' FROM users;"
        "INSERT INTO notification_choices (user_id, kind, channel, choice)"
        " SELECT id, 'desk', 'email', 'on' FROM users"
    )
    async with begin(SYSTEM) as uow:
        for symbol in ("BTCUSDT", "ETHUSDT"):
            uow.record(
                MaintenancePlanned(
                    exchange=symbol,
                    mode="live",
                    starts_at=clock.now(),
                    ends_at=clock.now(),
                    source="operator",
                    reason="upgrade",
                )
            )
    outbox.execute("UPDATE notifications SET title = 'News <b>' || title")
    sender = notifier(post, clock)
    assert await sender.send_due() == 0
    clock.advance(timedelta(days=1).total_seconds())
    assert await sender.send_due() == 1
    (letter,) = post.letters
    assert letter["Subject"] == "[notice] 2 messages"
    page = letter.get_body(("html",))
    assert page is not None
    assert page.get_content().count("News &lt;b&gt;") == 2
    assert [row[:2] for row in await outbox.rows()] == [(True, False)] * 2


async def test_without_a_server_mail_is_given_up_with_the_reason(
    outbox: Outbox, clock: FrozenClock
) -> None:
    await happen(2)
    assert await Notifier(None, clock=clock).send_due() == 0
    assert await outbox.rows() == [(False, True, 0, NOT_CONFIGURED)] * 2


async def test_old_news_and_demo_people_are_not_mailed(
    outbox: Outbox, post: Post, clock: FrozenClock
) -> None:
    outbox.execute("DELETE FROM users")
    outbox.person("demo@firm.example", is_demo=True)
    await happen()
    assert await notifier(post, clock).send_due() == 0
    assert await outbox.rows() == [(False, True, 0, "A demo customer has no mailbox")]
    outbox.execute("UPDATE users SET is_demo = false")
    outbox.execute("UPDATE notifications SET given_up_at = NULL")
    clock.advance(MAIL_AGE_MAX.total_seconds() + 60)
    assert await notifier(post, clock).send_due() == 0
    assert await outbox.rows() == [(False, True, 0, "Too old to be news")]


async def test_a_mail_server_that_repeats_the_password_lets_nobody_read_it(
    outbox: Outbox,
    post: Post,
    clock: FrozenClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    server: Server,
    database_name: str,
) -> None:
    password = "canary of the mail server 0123456789"
    file = tmp_path / "smtp"
    file.write_text(password)
    post.wants_login = True
    settings = Settings(
        smtp_url=post.url.replace("//", "//desk@"),
        smtp_from="PATRIOT <desk@firm.example>",
        smtp_password_file=file,
    )
    mail = MailServer.of(settings)
    assert mail is not None
    await happen()
    with caplog.at_level("DEBUG"):
        assert await Notifier(mail, clock=clock).send_due() == 1
    assert not post.letters
    assert await outbox.rows() == [
        (False, False, 1, "535 The mail server refuses the user or the password")
    ]
    canaries = Canaries()
    canaries.plant("mail password", password)
    places: dict[str, str | bytes] = {
        "the log": caplog.text,
        "the database": whole_database(server, database_name),
        "what it says of itself": repr(mail) + repr(settings),
        "a pickle": pickle.dumps((mail, settings)),
    }
    assert canaries.leaks(places) == {}
