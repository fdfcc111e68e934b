"""Incidents: what went badly wrong, who saw to it, what was learnt, and who is woken."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.incidents.rows import KINDS, STATES
from patriot_app.web.console.incidents.state import IncidentsState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    amount_cell,
    button,
    card,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
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

COLUMNS = [
    Column("What", lambda row: two_lines(row.title, row.detail), "kind", phone="title"),
    Column("State", lambda row: status_badge(row.state, STATES), "state"),
    Column("Opened", lambda row: time_cell(row.opened), "opened_at"),
    Column("Lasted", lambda row: row.lasted),
    Column("Seen to by", lambda row: row.taken),
    Column("Root cause", lambda row: row.root_cause, phone="hide"),
]


@console_page(
    routes.INCIDENTS,
    title="Incidents",
    on_load=IncidentsState.load,
    topics="incidents",
)
def incidents_page() -> rx.Component:
    """Return the page."""
    state: Any = IncidentsState
    return layout(
        "stack",
        page_head(
            "Incidents",
            hint="They open by themselves. Whoever acknowledges one sees to it; until then the"
            " next level of contacts is woken.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        shown_if(
            state.unattended > 0,
            notice(f"Nobody sees to them yet: {state.unattended}.", tone="danger"),
        ),
        listing(
            state,
            label="Incidents",
            columns=COLUMNS,
            placeholder="What happened or why",
            filters=[
                Filter("state", "Any state", [(key, text) for key, (_, text) in STATES.items()]),
                Filter("kind", "Any kind", list(KINDS.items())),
            ],
            empty=empty_state(
                title="No incident yet",
                body="A halt from K2 on, a position without its stop, a parked account, cold mode"
                " or a desk that does not trade opens one.",
                icon="circle-check",
            ),
            test_id="incidents-table",
        ),
        _contacts(),
        _drawer(),
        _dialogs(),
    )


def _contacts() -> rx.Component:
    state: Any = IncidentsState
    columns = [
        Column("Level", lambda row: amount_cell(row.level)),
        Column("Who", lambda row: two_lines(row.name, row.address), phone="title"),
        Column("Hours", lambda row: row.hours),
        Column("", _contact_acts, align="end"),
    ]
    return card(
        data_table(
            label="Emergency contacts",
            columns=columns,
            rows=state.contacts,
            empty=empty_state(
                title="Nobody is woken",
                body="Staff still see the bell and their own mail. Add whom to wake first.",
                icon="bell-off",
            ),
            test_id="contacts-table",
        ),
        actions=[
            button(
                "Add contact",
                icon="plus",
                on_click=state.contact_form(""),
                disabled_reason=state.blocked_contacts,
            )
        ],
        title="Who is woken",
        hint="Level 1 first, by e-mail",
        flush=True,
    )


def _contact_acts(row: Any) -> rx.Component:
    state: Any = IncidentsState
    blocked = state.blocked_contacts
    return layout(
        "cluster",
        button("Change", on_click=state.contact_form(row.id), disabled_reason=blocked),
        button(
            "Remove", intent="quiet", on_click=state.ask_remove(row.id), disabled_reason=blocked
        ),
    )


def _drawer() -> rx.Component:
    state: Any = IncidentsState
    one = state.incident
    facts = [
        ("What", one.detail),
        ("Kind", one.kind),
        ("Opened", time_cell(one.opened)),
        ("Lasted", one.lasted),
        ("Seen to by", one.taken),
        ("Woken", one.woken),
        ("Touched", one.effect),
        ("Closed", rx.cond(one.ended != "", one.ended, "Not yet")),
    ]
    written = [("Root cause", one.root_cause), ("Follow-ups", one.follow_ups)]
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=one.title,
        subtitle=one.kind,
        status=status_badge(one.state, STATES),
        sections=[
            ("Incident", description_list(facts)),
            ("Record", description_list(written)),
            ("Timeline", timeline(state.steps)),
        ],
        actions=[
            _act("Acknowledge", "check", one.can_acknowledge, state.acknowledge),
            _act("Write record", "pencil", one.can_write, state.record_form),
            _act("Close incident", "lock", one.can_close, state.close_incident),
            button("Markdown", icon="download", on_click=state.save_markdown),
            button("Print", icon="printer", on_click=rx.call_script("window.print()")),
        ],
    )


def _act(label: str, icon: str, is_offered: Any, handler: Any) -> rx.Component:
    return shown_if(
        is_offered,
        button(
            label,
            icon=icon,
            intent="primary" if label == "Acknowledge" else "neutral",
            on_click=handler,
            disabled_reason=IncidentsState.blocked,
        ),
    )


def _dialogs() -> rx.Component:
    state: Any = IncidentsState
    contact = state.contact
    return rx.fragment(
        form_dialog(
            open=state.form == "record",
            on_close=state.dismiss,
            title="Post-incident record",
            hint="The timeline is drawn from the log; write what it cannot know.",
            fields=[
                Field("root_cause", "Root cause", "textarea", value=state.root_cause),
                Field("follow_ups", "Follow-ups", "textarea", value=state.follow_ups),
            ],
            on_submit=state.save_record,
            errors=state.errors,
            submit_label="Keep record",
        ),
        form_dialog(
            open=state.form == "contact",
            on_close=state.dismiss,
            title=rx.cond(contact.id != "", "Change contact", "Add contact"),
            hint="Hours are UTC; the same twice is day and night.",
            fields=[
                Field("name", "Name", required=True, value=contact.name),
                Field("address", "E-mail", required=True, value=contact.address),
                Field("level", "Level", "number", required=True, value=contact.level),
                Field("hours_from", "From", placeholder="00:00", value=contact.hours_from),
                Field("hours_to", "To", placeholder="00:00", value=contact.hours_to),
            ],
            on_submit=state.save_contact,
            errors=state.errors,
            submit_label="Keep contact",
        ),
        confirm_dialog(
            open=state.ask.act == "remove",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.remove_contact,
        ),
    )
