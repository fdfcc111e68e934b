"""The dialogs of the strategies page."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.web.console.strategies.deploy import DeployState
from patriot_app.web.console.strategies.forms import parameter_form
from patriot_app.web.console.strategies.rows import KINDS
from patriot_app.web.console.strategies.state import StrategiesState
from patriot_app.web.kit import (
    Column,
    Field,
    Selection,
    badge,
    confirm_dialog,
    data_table,
    empty_state,
    filter_bar,
    form_dialog,
    layout,
    money_cell,
    notice,
    status_badge,
    tabs,
    two_lines,
)
from patriot_app.web.kit.form_field import fields_of
from patriot_app.web.theme import Tone

READY: dict[str, tuple[Tone, str]] = {"ready": ("positive", "Ready"), "waiting": ("info", "Waits")}
CHOICES = [
    Column("Account", lambda row: two_lines(row.account, row.client), phone="title"),
    Column("Exchange", lambda row: row.exchange, phone="hide"),
    Column("Equity", lambda row: money_cell(row.equity), align="end"),
    Column("", lambda row: _state(row), align="end"),
]


def strategy_dialogs() -> rx.Component:
    """Return the forms and questions of the page."""
    return rx.fragment(_create(), _version(), _switch(), _deploy(), *_questions())


def _create() -> rx.Component:
    state: Any = StrategiesState
    name = Field("name", "Name", required=True, placeholder="Trend, quiet markets")
    about = Field("description", "What it is for", "textarea")
    return form_dialog(
        open=state.form == "create",
        on_close=state.dismiss,
        title="New strategy",
        hint="Settings are never changed once written: a change is a new version.",
        fields=[],
        extra=[
            tabs([*KINDS.items()], value=state.kind, on_change=state.choose_kind),
            *fields_of([name], state.errors),
            parameter_form(state.kind, state.errors),
            *fields_of([about], state.errors),
        ],
        on_submit=state.create,
        errors=state.errors,
        submit_label="Create strategy",
        wide=True,
    )


def _version() -> rx.Component:
    state: Any = StrategiesState
    note = Field("note", "Why", hint="Stands beside the version")
    moves = Field(
        "switch",
        "Deployments of this strategy",
        "select",
        value="no",
        options=[("no", "Stay on their version"), ("yes", "Move to the new version at once")],
    )
    return form_dialog(
        open=state.form == "version",
        on_close=state.dismiss,
        title=f"Change {state.strategy.name}",
        hint="Written as the next version; the old ones stay and can be gone back to.",
        fields=[],
        extra=[
            parameter_form(
                state.strategy.kind, state.errors, value=lambda spec: state.values[spec.name]
            ),
            *fields_of([note, moves], state.errors),
        ],
        on_submit=state.add_version,
        errors=state.errors,
        submit_label="Write version",
        wide=True,
    )


def _switch() -> rx.Component:
    state: Any = StrategiesState
    version = Field(
        "version_id",
        "Version",
        "select",
        options=state.choices,
        value=state.deployment.version_id,
        hint="Decides from the next bar on; open positions keep their stops",
    )
    return form_dialog(
        open=state.form == "switch",
        on_close=state.dismiss,
        title=f"Version of {state.deployment.name}",
        fields=[version],
        on_submit=state.switch_version,
        errors=state.errors,
        submit_label="Switch version",
    )


def _deploy() -> rx.Component:
    state: Any = DeployState
    head = [
        Field("name", "Name", required=True, placeholder="Trend on majors"),
        Field("version_id", "Version", "select", options=state.versions),
    ]
    foot = [
        Field(
            "share",
            "Share of each account's equity",
            "number",
            unit="%",
            value="100",
            required=True,
            hint="Its risk per trade is taken from this share",
        ),
        Field(
            "begins",
            "Then",
            "select",
            value="yes",
            options=[("yes", "Start at once"), ("no", "Keep as a draft")],
        ),
    ]
    return form_dialog(
        open=state.form == "deploy",
        on_close=state.dismiss,
        title=f"Deploy {state.strategy}",
        hint="An account's symbol belongs to one deployment at a time.",
        fields=[],
        extra=[
            layout("form-columns", *fields_of(head, state.errors)),
            _symbols(),
            _accounts(),
            layout("form-columns", *fields_of(foot, state.errors)),
        ],
        on_submit=state.deploy,
        errors=state.errors,
        submit_label="Deploy",
        wide=True,
    )


def _symbols() -> rx.Component:
    state: Any = DeployState
    return layout(
        "stack-small",
        tabs(
            [(one.value, f"Candles of {one.value.capitalize()}") for one in Exchange],
            value=state.exchange,
            on_change=state.choose_exchange,
        ),
        layout(
            "cluster",
            rx.foreach(
                state.symbols,
                lambda symbol: rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        default_checked=state.chosen.contains(symbol),
                        on_change=state.toggle_symbol(symbol),
                    ),
                    " ",
                    symbol,
                ),
            ),
        ),
        rx.cond(state.errors.contains("symbols"), notice(state.errors["symbols"], tone="danger")),
    )


def _accounts() -> rx.Component:
    state: Any = DeployState
    return layout(
        "stack-small",
        filter_bar(
            search=state.search,
            on_search=state.search_accounts,
            placeholder="Account or client",
            actions=[badge(f"{state.picked.length()} of {state.total} chosen", tone="accent")],
        ),
        data_table(
            label="Accounts to deploy to",
            columns=CHOICES,
            rows=state.accounts,
            selection=Selection(state.picked, state.pick, state.pick_all),
            empty=empty_state(title="No active account matches"),
            test_id="deploy-accounts",
        ),
        rx.cond(state.errors.contains("accounts"), notice(state.errors["accounts"], tone="danger")),
    )


def _state(row: Any) -> rx.Component:
    return rx.cond(
        row.held != "",
        badge("Held", tone="warning", title=row.held),
        status_badge(row.ready, READY),
    )


def _questions() -> list[rx.Component]:
    state: Any = StrategiesState
    begins = (state.ask.act == "start") | (state.ask.act == "resume")
    ends = (state.ask.act == "stop") | (state.ask.act == "stop_and_close")
    return [
        confirm_dialog(
            open=is_open,
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.confirm,
            intent="primary" if is_open is begins else "danger",
        )
        for is_open in (begins, state.ask.act == "pause", ends)
    ]
