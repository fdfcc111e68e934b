"""The form that divides an account anew, as a component over any state with `AllocationMixin`."""

from typing import Any

import reflex as rx

from patriot_app.web.kit import (
    Column,
    Field,
    button,
    card,
    data_table,
    empty_state,
    exact_time,
    fields_of,
    form_field,
    form_problem,
    layout,
    money_cell,
    notice,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.allocation_rows import CHANGES, FINDINGS

FINDING_COLUMNS = [
    Column("Finding", lambda row: row.text, phone="title"),
    Column("Weight", lambda row: status_badge(row.level, FINDINGS), align="end"),
]
PAST_COLUMNS = [
    Column("Asked", lambda row: time_cell(row.asked), phone="title"),
    Column("Shares", lambda row: row.shares),
    Column("State", lambda row: status_badge(row.state, CHANGES)),
    Column("Outcome", lambda row: row.outcome),
]


def allocation_editor(state: Any, *, needs_reason: bool = False) -> rx.Component:
    """Show the shares of the chosen account, what a change would mean, suggestions and what was."""
    return layout(
        "stack",
        shown_if(
            state.waiting != "",
            card(
                rx.el.p(state.waiting),
                title="Waiting for the next rebalancing",
                hint="Until then it can be taken back; asking anew replaces it.",
                actions=[button("Take back", icon="undo-2", on_click=state.take_back)],
            ),
        ),
        _form(state, needs_reason=needs_reason),
        shown_if(state.changed != "", _preview(state)),
        _suggestions(state),
        _past(state),
    )


def account_choice(state: Any) -> rx.Component:
    """Let one of the offered accounts be chosen."""
    return form_field(
        label="Account",
        name="account",
        control=rx.el.select(
            rx.foreach(state.choices, lambda row: rx.el.option(row.label, value=row.value)),
            value=state.account_id,
            on_change=state.choose,
            class_name="select",
            id="account",
            name="account",
        ),
    )


def account_search(state: Any) -> rx.Component:
    """Let the desk look for accounts by their label or their client's name."""
    words = Field("words", "Account or client", hint="Accounts that follow a strategy")
    return rx.el.form(
        *fields_of([words], {}),
        rx.el.div(button("Search", icon="search", submit=True), class_name="form-foot"),
        on_submit=state.search,
        class_name="form",
        no_validate=True,
    )


def _form(state: Any, *, needs_reason: bool) -> rx.Component:
    reason = Field(
        "reason", "Reason", "textarea", hint="Kept in the record; the client reads it, too"
    )
    return card(
        shown_if(
            state.too_many,
            notice(
                "This account follows more than five strategies. The desk has to take one out first.",
                tone="warning",
            ),
        ),
        rx.el.form(
            form_problem(state.errors),
            layout(
                "form-columns",
                rx.foreach(state.shares, lambda row: _share(state, row)),
            ),
            *(fields_of([reason], state.errors) if needs_reason else []),
            rx.el.div(
                button("Check", icon="list-checks", intent="primary", solid=True, submit=True),
                class_name="form-foot",
            ),
            on_submit=state.check,
            class_name="form",
            no_validate=True,
        ),
        title=state.account,
        hint="Per cent of the account for each strategy: at least 5 each, together at most 100.",
    )


def _share(state: Any, row: Any) -> rx.Component:
    problem = rx.cond(state.errors.contains(row.field), state.errors[row.field], "")
    return rx.el.div(
        form_field(
            label=row.name,
            name=row.field,
            control=rx.el.div(
                rx.el.input(
                    type="text",
                    input_mode="decimal",
                    default_value=row.wanted,
                    auto_complete="off",
                    class_name="input",
                    id=row.field,
                    name=row.field,
                    aria_describedby=f"{row.field}-note",
                    key=row.key,
                ),
                rx.el.span("%"),
                class_name="field-affix",
            ),
            hint=f"Now {row.now}: {row.capital.text} USDT",
            error=problem,
        ),
        key=row.key,
    )


def _preview(state: Any) -> rx.Component:
    return card(
        rx.el.p(state.changed),
        rx.el.p("Next rebalancing: ", rx.el.strong(exact_time(state.next_at))),
        shown_if(
            state.findings.length() > 0,
            data_table(label="Risk check", columns=FINDING_COLUMNS, rows=state.findings),
        ),
        shown_if(
            state.findings.length() == 0, notice("No limit would be touched.", tone="positive")
        ),
        shown_if(
            state.refused,
            notice("The check forbids this. Go back and change the shares.", tone="danger"),
        ),
        rx.el.div(
            button("Back to the shares", intent="quiet", on_click=state.edit),
            shown_if(
                ~state.refused,
                button("Ask for it", intent="primary", solid=True, on_click=state.confirm),
            ),
            class_name="form-foot",
        ),
        title="What it would mean",
        hint="It holds for positions opened after the next rebalancing. What is open stays.",
    )


def _suggestions(state: Any) -> rx.Component:
    columns = [
        Column("Suggestion", lambda row: two_lines(row.name, row.note), phone="title"),
        Column("Shares", lambda row: row.shares),
        Column("Sharpe, learnt", lambda row: money_cell(row.promised), align="end"),
        Column("Sharpe, unseen", lambda row: money_cell(row.kept), align="end"),
        Column(
            "",
            lambda row: rx.cond(
                row.offered,
                button("Fill in", intent="quiet", on_click=state.fill_in(row.id)),
            ),
            align="end",
        ),
    ]
    return card(
        data_table(
            label="Suggested shares",
            columns=columns,
            rows=state.methods,
            empty=empty_state(title="No suggestion yet"),
        ),
        title="Suggestions",
        hint="Made from the days of this account. The distance between what the first half of the"
        " days promised and what the second half kept is the error. Nothing is applied by itself.",
        flush=True,
    )


def _past(state: Any) -> rx.Component:
    return card(
        data_table(
            label="Changes so far",
            columns=PAST_COLUMNS,
            rows=state.past,
            empty=empty_state(title="No change was asked for yet", icon="history"),
        ),
        title="Changes so far",
        flush=True,
    )
