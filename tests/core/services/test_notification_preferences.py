"""What a person chooses decides what is posted to him, and nobody else sees or changes it."""

from datetime import time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.events import OrderSkipped, PasswordChanged, Severity
from patriot_app.core.domain.notification_kinds import default_channels
from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    Digest,
    Language,
    NoticeKind,
    Preferences,
)
from patriot_app.core.domain.notifications import Notice
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import notification_preferences as queries
from patriot_app.core.services import notification_preferences as preferences
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import OPERATOR, customer, make_account, make_client

TRADES = NoticeKind.TRADES


async def choose(who: Actor, kind: NoticeKind, channel: Channel, choice: Choice) -> None:
    async with begin(who) as uow:
        await preferences.choose(uow, {(kind, channel): choice})


async def skip(account_id: UUID) -> None:
    """Record a fact of class trades, a notice."""
    async with begin(OPERATOR) as uow:
        uow.record(
            OrderSkipped(
                account_id=account_id,
                symbol="BTCUSDT",
                reason_code="INSUFFICIENT_MARGIN",
                reason="Needs 10 USDT",
            )
        )


async def posted(user_id: UUID) -> list[tuple[str, bool, bool]]:
    """Return (channel, is silent, is read) of his messages but that he was admitted."""
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text(
                "SELECT channel, is_silent, read_at IS NOT NULL FROM notifications"
                " WHERE user_id = :id AND kind <> 'people' ORDER BY channel, id"
            ),
            {"id": user_id},
        )
        return [tuple(row) for row in found]


async def client_with_account() -> tuple[UUID, UUID]:
    client_id = await make_client()
    return client_id, await make_account(client_id=client_id)


async def test_settings_are_kept_and_nobody_else_sees_them(as_web: str) -> None:
    ada, bob = customer(await make_client()), customer(await make_client())
    wanted = Preferences(
        zone="Europe/Kyiv",
        language=Language.UKRAINIAN,
        quiet_from=time(22),
        quiet_until=time(7),
        digest=Digest.WEEKLY,
        digest_at=time(9, 30),
        digest_weekday=4,
        hides_amounts=True,
    )
    async with begin(ada) as uow:
        await preferences.change(uow, wanted)
    assert (await queries.own(ada)).settings == wanted
    assert (await queries.own(bob)).settings == Preferences()
    async with begin(bob) as uow:
        rows = await uow.session.execute(text("SELECT count(*) FROM notification_settings"))
        assert rows.scalar_one() == 0


async def test_nonsense_is_refused_and_nothing_kept(as_web: str) -> None:
    ada = customer(await make_client())
    with pytest.raises(Invalid, match="zone"):
        async with begin(ada) as uow:
            await preferences.change(uow, Preferences(zone="Nowhere"))
    assert (await queries.own(ada)).settings == Preferences()


async def test_who_never_chose_hears_what_cannot_wait_by_mail_and_the_rest_in_the_web(
    as_web: str,
) -> None:
    client_id, account_id = await client_with_account()
    await skip(account_id)
    assert await posted(client_id) == [("console", False, False)]


async def test_off_is_not_posted_and_silent_is_posted_as_read(as_web: str) -> None:
    client_id, account_id = await client_with_account()
    ada = customer(client_id)
    await choose(ada, TRADES, Channel.WEB, Choice.SILENT)
    await choose(ada, TRADES, Channel.EMAIL, Choice.ON)
    await skip(account_id)
    assert await posted(client_id) == [("console", True, True), ("email", False, False)]
    await choose(ada, TRADES, Channel.WEB, Choice.OFF)
    await choose(ada, TRADES, Channel.EMAIL, Choice.OFF)
    await skip(account_id)
    assert len(await posted(client_id)) == 2


async def test_ones_own_sign_in_cannot_be_silenced_but_in_a_chat(as_web: str) -> None:
    client_id = await make_client()
    ada = customer(client_id)
    with pytest.raises(Invalid, match="security_email"):
        await choose(ada, NoticeKind.SECURITY, Channel.EMAIL, Choice.OFF)
    async with begin(ada) as uow:
        await preferences.mute(
            uow, list(NoticeKind), until=uow.now + timedelta(hours=1), channels=list(Channel)
        )
        uow.record(PasswordChanged(client_id=client_id, way="own page"))
    assert [row[0] for row in await posted(client_id)] == ["console", "email"]


async def test_what_is_muted_comes_again_when_the_time_is_over(as_web: str) -> None:
    client_id, account_id = await client_with_account()
    ada = customer(client_id)
    for until, expected in ((timedelta(hours=1), 0), (timedelta(hours=-1), 1)):
        async with begin(ada) as uow:
            await preferences.mute(
                uow, [TRADES], until=SystemClock().now() + until, channels=[Channel.WEB]
            )
        await skip(account_id)
        assert len(await posted(client_id)) == expected


async def test_a_message_with_a_key_is_told_once(as_web: str) -> None:
    client_id = await make_client()
    notice = Notice(
        title="Your question was answered",
        body="Look under Support.",
        severity=Severity.NOTICE,
        roles=frozenset(),
        is_for_client=False,
        kind=NoticeKind.SUPPORT,
        channels=default_channels(Severity.NOTICE),
    )
    for _ in range(2):
        async with begin(OPERATOR) as uow:
            uow.tell(notice, user_id=client_id, key=f"answer:{client_id}")
    assert await posted(client_id) == [("console", False, False)]


async def test_everybody_has_a_zone_of_his_own(as_web: str) -> None:
    chose, never_chose = customer(await make_client()), customer(await make_client())
    async with begin(chose) as uow:
        await preferences.change(uow, Preferences(zone="Europe/Kyiv"))
    assert await queries.zone(chose) == "Europe/Kyiv"
    assert await queries.zone(never_chose) == Preferences().zone
