"""The face of a dangerous act; the server checks the phrase, the reason and the identity."""

from typing import Any, Literal

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.dialog import dialog_frame
from patriot_app.web.kit.form_dialog import form_problem
from patriot_app.web.kit.form_field import Field, fields_of
from patriot_app.web.kit.types import Flag, Handler, Text


def confirm_dialog(
    *,
    open: Any,
    on_close: Handler,
    title: Text,
    consequence: Text,
    confirm_label: Text,
    on_confirm: Handler,
    errors: Any,
    intent: Literal["primary", "danger"] = "danger",
    phrase: Any = "",
    require_reason: bool = True,
    pending: Flag = False,
    more: rx.Component | None = None,
) -> rx.Component:
    """State the effect in numbers and ask.

    Args:
        consequence: such as "Closes 14 positions, about 120,400 USDT notional, on 9 accounts."
        phrase: text that must be typed; empty: none. May be a var.
        on_confirm: receives a dict with `phrase` and `reason`.
        more: a button beside them, for another way on.
    """
    has_phrase = phrase != "" if isinstance(phrase, rx.Var) else rx.Var.create(bool(phrase))
    typed = Field(name="phrase", label="Type the phrase shown above", autocomplete="off")
    reason = Field(
        name="reason", label="Reason", kind="textarea", required=True, hint="Kept in the audit log"
    )
    look = "consequence consequence-danger" if intent == "danger" else "consequence"
    return dialog_frame(
        rx.el.form(
            form_problem(errors),
            rx.el.p(consequence, class_name=look),
            rx.cond(
                has_phrase,
                rx.el.div(
                    rx.el.p("To confirm, type ", rx.el.code(phrase), "."),
                    *fields_of([typed], errors),
                    class_name="stack-small",
                ),
            ),
            *(fields_of([reason], errors) if require_reason else []),
            rx.el.div(
                button("Cancel", intent="quiet", on_click=on_close),
                *([] if more is None else [more]),
                button(confirm_label, intent=intent, solid=True, submit=True, loading=pending),
                class_name="form-foot",
            ),
            on_submit=on_confirm,
            class_name="form",
            no_validate=True,
        ),
        open=open,
        on_close=on_close,
        title=title,
    )
