"""The form of what one hears: what is kept is shown, what is sent is kept."""

from datetime import UTC, datetime, time
from uuid import UUID

import pytest

from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    Digest,
    NoticeKind,
    Preferences,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.queries.notification_preferences import OwnPreferences
from patriot_app.core.queries.notifications import NotificationView
from patriot_app.web import routes
from patriot_app.web.parts.notice_settings import SettingsForm, _chosen, _values, _wanted
from patriot_app.web.parts.notices import notice_row

OWN = OwnPreferences(
    Preferences(
        zone="Europe/Kyiv",
        quiet_from=time(22),
        quiet_until=time(7),
        digest=Digest.WEEKLY,
        digest_weekday=4,
    ),
    {
        (NoticeKind.TRADES, Channel.EMAIL): Choice.ON,
        (NoticeKind.RISK, Channel.TELEGRAM): Choice.OFF,
    },
)


def test_the_form_sent_back_unchanged_changes_nothing() -> None:
    form = SettingsForm.model_validate(_values(OWN))
    assert _wanted(form) == OWN.settings
    assert {key: choice for key, choice in _chosen(form).items() if choice} == OWN.choices


def test_one_may_not_choose_to_miss_what_concerns_ones_sign_in() -> None:
    names = set(_values(OWN))
    assert "choice_security_telegram" in names
    assert not {"choice_security_email", "choice_security_console"} & names


def test_what_is_no_time_is_named_by_its_field() -> None:
    form = SettingsForm.model_validate(_values(OWN) | {"quiet_from": "late"})
    with pytest.raises(Invalid, match="quiet_from: A time of day"):
        _wanted(form)


@pytest.mark.parametrize(
    ("is_staff", "href"),
    [(True, f"{routes.ACCOUNTS}?id={UUID(int=7)}"), (False, routes.PORTFOLIO)],
)
def test_a_message_leads_to_what_it_is_about(is_staff: bool, href: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    view = NotificationView(
        id=UUID(int=1),
        event_id=UUID(int=2),
        kind="risk",
        severity="critical",
        title="An account is parked",
        body="",
        about=f"account:{UUID(int=7)}",
        created_at=now,
        read_at=None,
    )
    row = notice_row(view, is_staff=is_staff, now=now)
    assert (row.href, row.is_unread) == (href, "yes")
