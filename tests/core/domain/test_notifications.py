from uuid import UUID

import pytest

from patriot_app.core.domain import events
from patriot_app.core.domain.events import Event, OrderSkipped
from patriot_app.core.domain.notification_preferences import Channel, Choice, NoticeKind
from patriot_app.core.domain.notifications import (
    _RULES,
    route,
)
from patriot_app.core.domain.permissions import Role

ACCOUNT = UUID(int=1)


def skipped(code: str) -> OrderSkipped:
    return OrderSkipped(
        account_id=ACCOUNT, symbol="BTCUSDT", reason_code=code, reason="Needs 507.50 USDT"
    )


def test_the_client_of_a_short_account_is_told_what_was_needed() -> None:
    notice = route(skipped("INSUFFICIENT_MARGIN"))
    assert notice is not None
    assert notice.is_for_client
    assert not notice.roles
    assert "Needs 507.50 USDT." in notice.body


@pytest.mark.parametrize("code", ["ALREADY_IN_POSITION", "NO_POSITION_TO_CLOSE", "PRICE_STALE"])
def test_what_is_nobodys_business_is_not_told(code: str) -> None:
    assert route(skipped(code)) is None


def test_a_missing_stop_wakes_the_traders() -> None:
    notice = route(events.PositionUnprotected(account_id=ACCOUNT, symbol="ETHUSDT", seconds=12))
    assert notice is not None
    assert Role.FUND_MANAGER in notice.roles
    assert set(notice.channels.values()) == {Choice.ON}
    assert notice.title == "ETHUSDT: a position has no stop"


def test_every_refusal_of_a_key_is_told_in_full() -> None:
    notice = route(
        events.CredentialRejected(
            account_id=ACCOUNT, masked_key="AB…YZ", reasons=("It can withdraw.", "It is too old.")
        )
    )
    assert notice is not None
    assert notice.body == "It can withdraw. It is too old."


def test_an_answer_is_told_as_it_was_written() -> None:
    answer = "It covers two months.\nSee your statement..."
    notice = route(
        events.TicketAnswered(subject=ACCOUNT, client_id=ACCOUNT, number=3, answer=answer)
    )
    assert notice is not None
    assert notice.body == answer


def test_every_rule_names_an_event_that_exists() -> None:
    known = {
        name
        for name, value in vars(events).items()
        if isinstance(value, type) and issubclass(value, Event)
    }
    assert set(_RULES) <= known


def test_what_can_wait_is_not_mailed_unasked() -> None:
    notice = route(skipped("INSUFFICIENT_MARGIN"))
    assert notice is not None
    assert notice.channels[Channel.WEB] is Choice.ON
    assert notice.channels[Channel.EMAIL] is Choice.OFF


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (skipped("INSUFFICIENT_MARGIN"), NoticeKind.TRADES),
        (
            events.PositionUnprotected(account_id=ACCOUNT, symbol="ETHUSDT", seconds=12),
            NoticeKind.RISK,
        ),
        (
            events.CredentialVerified(account_id=ACCOUNT, masked_key="AB…YZ", exchange_uid="7"),
            NoticeKind.KEYS,
        ),
        (events.JobFailed(job="sweep", error="x"), NoticeKind.DESK),
        (
            events.TelegramUnlinked(client_id=ACCOUNT, telegram_id=1, telegram_name="Ada"),
            NoticeKind.SECURITY,
        ),
    ],
)
def test_each_notice_belongs_to_a_class_that_one_can_choose(event: Event, kind: NoticeKind) -> None:
    notice = route(event)
    assert notice is not None
    assert notice.kind is kind


def test_what_waits_together_and_says_the_same_has_one_group() -> None:
    first, second = route(skipped("INSUFFICIENT_MARGIN")), route(skipped("INSUFFICIENT_MARGIN"))
    assert first is not None
    assert second is not None
    assert first.group == second.group != ""
    assert first.about == f"account:{ACCOUNT}"
