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
from patriot_app.web.arguments import parse_form
from patriot_app.web.parts.notice_form import SettingsForm, choices_in, preferences_in, values_of
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


def parsed(sent: dict[str, str]) -> SettingsForm:
    """Parse a form as the handler gets it."""
    form = parse_form(SettingsForm, sent)
    assert isinstance(form, SettingsForm)
    return form


def test_the_form_sent_back_unchanged_changes_nothing() -> None:
    form = parsed(values_of(OWN))
    assert preferences_in(form) == OWN.settings
    assert {key: choice for key, choice in choices_in(form).items() if choice} == OWN.choices


def test_one_may_not_choose_to_miss_what_concerns_ones_sign_in() -> None:
    names = set(values_of(OWN))
    assert "choice_security_telegram" in names
    assert not {"choice_security_email", "choice_security_console"} & names


def test_what_is_not_ones_to_choose_is_refused() -> None:
    with pytest.raises(Invalid, match="choice_security_email: Is not expected"):
        parsed(values_of(OWN) | {"choice_security_email": "off"})


def test_what_is_no_time_is_named_by_its_field() -> None:
    form = parsed(values_of(OWN) | {"quiet_from": "late"})
    with pytest.raises(Invalid, match="quiet_from: A time of day"):
        preferences_in(form)


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
