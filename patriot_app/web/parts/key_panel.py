"""A key with its chips and what became of its check; the console and the portal show it."""

from typing import Any

import reflex as rx

from patriot_app.web.kit import badge, layout, notice, status_badge, time_cell
from patriot_app.web.parts.keys import KEY_STATES


def key_panel(key: Any, *, check_failed: Any = "") -> rx.Component:
    """Show a key's state, live: being verified, verified, or refused with each reason.

    Args:
        key: var of a `KeyRow`.
        check_failed: why the check did not come to an answer; empty: it did, or it runs.
    """
    return layout(
        "stack-small",
        layout("cluster", status_badge(key.status, KEY_STATES), rx.el.code(key.masked)),
        rx.match(
            key.status,
            ("submitted", _waiting(check_failed)),
            (
                "waiting",
                notice(
                    f"Waiting for the exchange: it does not answer. We try again at {key.next_try};"
                    " nothing is to be done.",
                    tone="warning",
                ),
            ),
            (
                "verified",
                notice("Verified: it may trade and cannot move money.", tone="positive"),
            ),
            ("rejected", _refused(key)),
            (
                "quarantined",
                layout(
                    "stack-small",
                    notice(
                        "This key does not work any more: nothing can be traded, closed or guarded"
                        " with it. Mend it at the exchange and have it checked again, or connect a"
                        " new one.",
                        tone="danger",
                    ),
                    rx.foreach(key.reasons, lambda reason: notice(reason, tone="danger")),
                ),
            ),
            ("replaced", notice("Another key took this one's place.", tone="info")),
            ("revoked", notice("This key was revoked; connect another one.", tone="warning")),
            notice("No key is connected yet.", tone="warning"),
        ),
        rx.foreach(key.advice, lambda advice: notice(advice, tone="warning")),
        key_chips(key.chips),
    )


def key_chips(chips: Any) -> rx.Component:
    """Show what a key may and may not do."""
    return layout(
        "cluster",
        rx.foreach(chips, lambda chip: badge(chip.text, tone=chip.tone, title=chip.title)),
    )


def key_times(key: Any) -> list[tuple[Any, ...]]:
    """Return when a key was connected, last checked and ends."""
    return [
        ("Connected", time_cell(key.connected)),
        ("Last checked", time_cell(key.checked)),
        ("Expires", key.expires),
    ]


def _waiting(check_failed: Any) -> rx.Component:
    return rx.cond(
        rx.Var.create(check_failed) != "",
        notice(check_failed, tone="danger"),
        notice("The exchange is being asked what this key may do; a few seconds.", tone="info"),
    )


def _refused(key: Any) -> rx.Component:
    return layout(
        "stack-small",
        rx.el.p("Refused and destroyed. It was never used."),
        rx.foreach(key.reasons, lambda reason: notice(reason, tone="danger")),
    )
