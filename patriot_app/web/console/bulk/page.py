"""One act on many clients, accounts or deployments, with who is skipped and why, and a result per row."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.bulk.rows import (
    ACCOUNT_ACTS,
    ASSIGNMENT_ACTS,
    CLIENT_ACTS,
    DEPLOYMENT_ACTS,
    RESULTS,
    SHARES,
)
from patriot_app.web.console.bulk.state import BulkState
from patriot_app.web.kit import (
    Column,
    Filter,
    Selection,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
    filter_bar,
    layout,
    notice,
    page_head,
    progress_bar,
    shown_if,
    status_badge,
    two_lines,
)
from patriot_app.web.parts.keys import ACCOUNT_STATES
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Who", lambda row: two_lines(row.name, row.why), phone="title"),
    Column("Result", lambda row: status_badge(row.result, RESULTS), align="end"),
]
CLIENT_STATUSES = [
    ("pending_verification", "Awaits approval"),
    ("active", "Active"),
    ("suspended", "Suspended"),
]
DEPLOYMENT_STATUSES = [("running", "Running"), ("paused", "Paused"), ("draft", "Draft")]
ACCOUNT_STATUSES = [(one, ACCOUNT_STATES[one][1]) for one in ("active", "suspended", "disabled")]


@console_page(routes.BULK, title="Bulk", on_load=BulkState.load)
def bulk_page() -> rx.Component:
    """Return the page."""
    state: Any = BulkState
    return layout(
        "stack",
        page_head(
            "Many " + state.kind + " at once",
            hint="Each row is carried out by itself; nothing is done before you confirm.",
            actions=[
                button("Clients", icon="users", href=f"{routes.BULK}?kind=clients"),
                button("Accounts", icon="key-round", href=f"{routes.BULK}?kind=accounts"),
                button("Deployments", icon="workflow", href=f"{routes.BULK}?kind=deployments"),
                button("Assignments", icon="git-fork", href=f"{routes.BULK}?kind=assignments"),
            ],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        rx.match(
            state.kind,
            ("accounts", _filters(ACCOUNT_ACTS, ACCOUNT_STATUSES)),
            ("deployments", _filters(DEPLOYMENT_ACTS, DEPLOYMENT_STATUSES)),
            ("assignments", _filters(ASSIGNMENT_ACTS, ACCOUNT_STATUSES, more=_of_deployment())),
            _filters(CLIENT_ACTS, CLIENT_STATUSES),
        ),
        rx.cond(state.is_running, _progress(), notice(state.tally)),
        rx.cond(
            (state.kind == "deployments") | (state.kind == "assignments"),
            _acts(state.ask_run_deployments),
            _acts(state.ask_run),
        ),
        card(
            data_table(
                label="Rows of the bulk act",
                columns=COLUMNS,
                rows=state.rows,
                selection=Selection(state.picked, state.pick, state.pick_all),
                loading=state.loading,
                empty=_nothing(),
                test_id="bulk-rows",
            ),
            flush=True,
        ),
        _question("run", state.run),
        _question("run_deployments", state.run_deployments),
    )


def _nothing() -> rx.Component:
    state: Any = BulkState
    is_undecided = (state.kind == "assignments") & (state.deployment == "")
    return empty_state(
        title=rx.cond(is_undecided, "Which deployment?", "Nothing matches"),
        body=rx.cond(
            is_undecided,
            "Choose it above; then you see which accounts it can be given.",
            "Choose another status or search.",
        ),
    )


def _of_deployment() -> list[Filter]:
    state: Any = BulkState
    return [
        Filter("deployment", "Choose a deployment", state.deployments),
        Filter("share", "Choose a share", list(SHARES.items())),
    ]


def _progress() -> rx.Component:
    """Tell how far the rows are, live; it goes on while nobody looks."""
    state: Any = BulkState
    words = f"{state.done} of {state.total} done"
    return card(
        layout(
            "stack-small",
            rx.el.p(words, role="status", custom_attrs={"data-testid": "bulk-progress"}),
            progress_bar(state.progress, label=words),
            layout(
                "cluster",
                button("Stop after this one", icon="square", on_click=state.stop),
            ),
        ),
        title="At work",
        hint="It goes on when you leave or reload this page.",
    )


def _filters(
    acts: dict[str, str], statuses: list[tuple[str, str]], more: Sequence[Filter] = ()
) -> rx.Component:
    state: Any = BulkState
    values = rx.Var.create(
        {
            "act": state.act,
            "status": state.status,
            "deployment": state.deployment,
            "share": state.share,
        }
    )
    return filter_bar(
        search=state.search,
        on_search=lambda text: state.choose("q", text),
        placeholder="Name",
        filters=[
            Filter("act", "Choose an act", list(acts.items())),
            *more,
            Filter("status", "Any status", statuses),
        ],
        values=values,
        on_filter=lambda name, value: state.choose(name, value),
    )


def _question(act: str, on_confirm: Any) -> rx.Component:
    state: Any = BulkState
    return confirm_dialog(
        open=state.ask.act == act,
        on_close=state.dismiss,
        title=state.ask.title,
        consequence=state.ask.consequence,
        confirm_label=state.ask.confirm_label,
        errors=state.errors,
        on_confirm=on_confirm,
        intent="danger",
    )


def _acts(ask: Any) -> rx.Component:
    state: Any = BulkState
    return layout(
        "cluster",
        rx.cond(
            state.has_run,
            layout(
                "cluster",
                button(
                    "Retry what failed",
                    icon="rotate-cw",
                    on_click=ask(True),
                    disabled_reason=rx.cond(state.failed > 0, state.blocked, "Nothing has failed"),
                ),
                button("Look again", icon="eye", on_click=state.look_again),
            ),
            button(
                f"Do it to {state.picked.length()}",
                icon="play",
                intent="primary",
                on_click=ask(False),
                disabled_reason=rx.cond(state.is_running, "It is being done", state.blocked),
            ),
        ),
        button("CSV", icon="download", intent="quiet", on_click=state.export),
    )
