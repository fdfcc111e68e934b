"""The notification centre: what a person was told, the same in the console and in the portal."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import reflex as rx

from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.queries.notifications import NotificationView
from patriot_app.web import format, routes
from patriot_app.web.format import Moment
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    empty_state,
    layout,
    listing,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.theme import Tone

SEVERITIES: dict[str, tuple[Tone, str]] = {
    "critical": ("danger", "Critical"),
    "warning": ("warning", "Warning"),
    "notice": ("info", "Notice"),
    "info": ("neutral", "Info"),
}
KIND_NAMES = {
    NoticeKind.TRADES: "Trades",
    NoticeKind.RISK: "Risk",
    NoticeKind.KEYS: "API keys",
    NoticeKind.FEES: "Fees",
    NoticeKind.SECURITY: "Sign-in",
    NoticeKind.PEOPLE: "People",
    NoticeKind.DESK: "Desk",
    NoticeKind.SUPPORT: "Support",
    NoticeKind.TIPS: "Tips",
}
KIND_OPTIONS = [(kind.value, name) for kind, name in KIND_NAMES.items()]
FILTERS = [
    Filter("unread", "Read and unread", [("yes", "Unread"), ("no", "Read")]),
    Filter("severity", "Any severity", [(key, text) for key, (_, text) in SEVERITIES.items()]),
    Filter("kind", "Any class", KIND_OPTIONS),
]
_CONSOLE_PAGES = {
    "account": routes.ACCOUNTS,
    "client": routes.CLIENTS,
    "deployment": routes.STRATEGIES,
}
_PORTAL_PAGES = {
    NoticeKind.TRADES: routes.MY_POSITIONS,
    NoticeKind.RISK: routes.PORTFOLIO,
    NoticeKind.KEYS: routes.MY_KEYS,
    NoticeKind.FEES: routes.MY_STATEMENTS,
    NoticeKind.PEOPLE: routes.MY_PROFILE,
    NoticeKind.SECURITY: routes.MY_ACTIVITY,
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One message, all text.

    Attributes:
        href: the page of what it is about; empty: none.
        is_unread: "yes" or "".
    """

    id: str = ""
    title: str = ""
    body: str = ""
    severity: str = ""
    kind: str = ""
    href: str = ""
    is_unread: str = ""
    at: Moment = field(default_factory=Moment)


def notice_row(one: NotificationView, *, is_staff: bool, now: datetime) -> NoticeRow:
    """Show one message."""
    return NoticeRow(
        id=str(one.id),
        title=one.title,
        body=one.body,
        severity=one.severity,
        kind=KIND_NAMES[NoticeKind(one.kind)],
        href=_href(one, is_staff=is_staff),
        is_unread="yes" if one.read_at is None else "",
        at=format.moment(one.created_at, now=now),
    )


def _href(one: NotificationView, *, is_staff: bool) -> str:
    if not is_staff:
        return _PORTAL_PAGES.get(NoticeKind(one.kind), "")
    what, _, subject = one.about.partition(":")
    page = _CONSOLE_PAGES.get(what, "")
    return routes.open_row(page, subject) if page else ""


def notices_page(state: Any, *, settings_route: str) -> rx.Component:
    """Return the page.

    Args:
        settings_route: where one chooses what one hears.
    """
    return layout(
        "stack",
        page_head(
            "Notifications",
            hint="What you were told. What is critical always stands here.",
            actions=[
                button("What you hear", icon="bell-ring", href=settings_route),
                button("Mark all as read", icon="check-check", on_click=state.read_all),
            ],
        ),
        listing(
            state,
            label="Notifications",
            columns=_columns(state),
            placeholder="Title or text",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="Nothing to tell you yet",
                body="What happens to you, your accounts or the desk appears here.",
                icon="bell",
            ),
            test_id="notifications-table",
        ),
    )


def _columns(state: Any) -> list[Column]:
    return [
        Column("What", lambda row: two_lines(row.title, row.body), phone="title"),
        Column("Severity", lambda row: status_badge(row.severity, SEVERITIES), "severity"),
        Column("Class", lambda row: row.kind, phone="hide"),
        Column("When", lambda row: time_cell(row.at), "created_at", align="end"),
        Column("", lambda row: _acts(state, row), align="end"),
    ]


def _acts(state: Any, row: Any) -> rx.Component:
    return layout(
        "cluster",
        shown_if(row.href != "", button("Open", href=row.href)),
        button(
            rx.cond(row.is_unread != "", "Mark as read", "Mark as unread"),
            intent="quiet",
            on_click=state.toggle_read(row.id),
        ),
    )
