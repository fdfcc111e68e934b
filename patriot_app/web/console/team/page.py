"""Team: who works here or audits, and one of them in a drawer."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.team.dialogs import team_dialogs
from patriot_app.web.console.team.rows import FACTORS, ROLES, STATUSES
from patriot_app.web.console.team.state import TOPICS, TeamState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    notice,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("role", "Any role", list(ROLES.items())),
    Filter("status", "Any status", [("active", "Active"), ("suspended", "Suspended")]),
    Filter("factor", "Second factor", [("on", "On"), ("off", "Not set up")]),
]
COLUMNS = [
    Column("Who", lambda row: two_lines(row.name, row.email), "name", phone="title"),
    Column("Status", lambda row: status_badge(row.state, STATUSES), "status"),
    Column("Roles", lambda row: row.roles),
    Column("Second factor", lambda row: status_badge(row.factor, FACTORS)),
    Column(
        "Access ends", lambda row: time_cell(row.ends), "access_until", align="end", phone="hide"
    ),
    Column("Last sign-in", lambda row: time_cell(row.came), "last_sign_in_at", align="end"),
]


@console_page(routes.TEAM, title="Team", on_load=TeamState.load, topics=TOPICS)
def team_page() -> rx.Component:
    """Return the page."""
    state: Any = TeamState
    return layout(
        "stack",
        page_head(
            "Team",
            hint="Who works here or audits. Roles add up; an auditor only reads, until his day.",
            actions=[
                button("Sessions", href=f"{routes.SESSIONS}?who=staff"),
                button(
                    "Invite",
                    icon="user-plus",
                    intent="primary",
                    href=routes.INVITE_STAFF,
                    is_plain=True,
                ),
            ],
        ),
        listing(
            state,
            label="Team",
            columns=COLUMNS,
            placeholder="Name, e-mail or id",
            filters=FILTERS,
            empty=empty_state(
                title="Nobody of this kind works here",
                body="Invite somebody; he sets his own password by a link.",
                icon="users-round",
            ),
            test_id="team-table",
        ),
        _drawer(),
        team_dialogs(),
    )


def _drawer() -> rx.Component:
    state: Any = TeamState
    member: Any = TeamState.member
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=member.name,
        subtitle=member.email,
        status=status_badge(member.state, STATUSES),
        sections=[("Person", _person()), ("History", timeline(state.history))],
        actions=[
            shown_if(
                ~member.is_me,
                button(
                    "Change roles",
                    icon="user-cog",
                    intent="primary",
                    on_click=state.open_roles,
                    disabled_reason=state.blocked,
                ),
                button(
                    "Link to a password",
                    icon="link",
                    href=f"{routes.STAFF_PASSWORD_LINK}?person={member.id}",
                    is_plain=True,
                ),
            ),
            shown_if(
                (member.address != "") & ~member.is_me,
                button(
                    "Confirm address",
                    icon="mail-check",
                    on_click=state.open_address,
                    disabled_reason=state.blocked,
                ),
            ),
            _act("Reset second factor", "factor", (member.factor == "on") & ~member.is_me),
            _act("Suspend", "suspend", (member.status == "active") & ~member.is_me),
            _act("Let in again", "reactivate", member.status == "suspended"),
        ],
    )


def _act(label: str, act: str, condition: Any) -> rx.Component:
    state: Any = TeamState
    return shown_if(
        condition,
        button(label, on_click=state.ask_act(act), disabled_reason=state.blocked),
    )


def _person() -> rx.Component:
    member: Any = TeamState.member
    return layout(
        "stack-small",
        shown_if(member.reason != "", notice(member.reason)),
        shown_if(member.is_me, notice("This is you: nobody changes his own roles.")),
        shown_if(member.waiting != "", notice(member.waiting, tone="warning")),
        shown_if(member.address != "", notice(member.address, tone="warning")),
        shown_if(
            member.state == "invited",
            notice("Has set no password yet. A first link is good for 24 hours; make another."),
        ),
        description_list(
            [
                ("Roles", member.roles),
                ("Second factor", status_badge(member.factor, FACTORS)),
                ("Last sign-in", time_cell(member.came)),
                ("Open sessions", member.sessions),
                ("Access ends", time_cell(member.ends)),
                ("Entered", time_cell(member.since)),
                ("Id", rx.el.code(member.id), member.id),
            ]
        ),
    )
