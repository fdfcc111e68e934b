"""A client's own profile: who he is, how he signs in, what he agreed to."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import (
    Field,
    button,
    card,
    description_list,
    form_dialog,
    layout,
    notice,
    page_head,
    shown_if,
    status_badge,
)
from patriot_app.web.portal.profile.rows import FACTORS, PROFILES, STATUSES
from patriot_app.web.portal.profile.state import TOPICS, MyProfileState
from patriot_app.web.shell import portal_page


@portal_page(
    routes.MY_PROFILE,
    title="Profile",
    on_load=MyProfileState.load,
    topics=TOPICS,
)
def my_profile_page() -> rx.Component:
    """Return the page."""
    state: Any = MyProfileState
    return layout(
        "stack",
        page_head(
            "Your profile",
            hint="What the desk knows of you, and how you sign in.",
            actions=[
                button("What you hear", icon="bell-ring", href=routes.MY_NOTIFICATION_SETTINGS),
                button("Your activity", icon="history", href=routes.MY_ACTIVITY),
            ],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        layout("grid", _person(), _sign_in(), _risk(), _agreement(), _referral()),
        form_dialog(
            open=state.form == "wish",
            on_close=state.dismiss,
            title="Ask for another risk profile",
            hint="It says what you can bear. The desk looks at it, decides, and tells you.",
            fields=[
                Field("profile", "Risk profile", "select", options=list(PROFILES.items())),
                Field(
                    "justification",
                    "Why",
                    "textarea",
                    required=True,
                    hint="Kept in the record",
                ),
            ],
            on_submit=state.wish,
            errors=state.errors,
            submit_label="Ask the desk",
        ),
        form_dialog(
            open=state.form == "code",
            on_close=state.dismiss,
            title="Get a code to recommend us by",
            hint="It stays yours. The desk sees who registers with it; you see how many.",
            fields=[Field("wanted", "", "hidden", value="code")],
            on_submit=state.get_code,
            errors=state.errors,
            submit_label="Get my code",
        ),
    )


def _person() -> rx.Component:
    own: Any = MyProfileState.own
    return card(
        shown_if(own.email_wished != "", notice(own.email_wished)),
        description_list(
            [
                ("Name", own.name),
                ("E-mail", own.email),
                ("Customer since", own.since),
                ("Customer id", rx.el.code(own.id), own.id),
            ]
        ),
        layout("cluster", button("Change e-mail", icon="at-sign", href=routes.MY_EMAIL)),
        title="You",
        hint="Your name stands in the mandate; ask the desk to correct it.",
        actions=[status_badge(own.status, STATUSES)],
    )


def _sign_in() -> rx.Component:
    own: Any = MyProfileState.own
    return card(
        description_list(
            [
                ("Second factor", status_badge(own.factor, FACTORS)),
                ("Recovery codes left", own.codes),
                ("Signed in on", own.sessions),
                ("API keys", own.api_keys),
            ]
        ),
        layout(
            "cluster",
            button("Second factor", icon="shield-check", href=routes.SECOND_FACTOR),
            button("Password", icon="lock-keyhole", href=routes.MY_PASSWORD),
            button("Sessions", icon="monitor-smartphone", href=routes.MY_SESSIONS),
            button("API keys", icon="key-round", href=routes.MY_API_KEYS),
            button("Telegram", icon="send", href=routes.MY_TELEGRAM),
        ),
        title="Sign-in",
        hint="What lets you, and only you, in.",
    )


def _risk() -> rx.Component:
    state: Any = MyProfileState
    return card(
        shown_if(state.own.wish != "", notice(state.own.wish)),
        description_list([("Risk profile", state.own.profile)]),
        layout(
            "cluster",
            button("Ask for another", icon="gauge", on_click=state.open_wish),
        ),
        title="Risk",
        hint="What you can bear; the desk chooses strategies and limits by it.",
    )


def _agreement() -> rx.Component:
    own: Any = MyProfileState.own
    return card(
        description_list([("Version", own.terms), ("Agreed on", own.agreed)]),
        title="Terms",
        hint="The text that you agreed to when you registered.",
    )


def _referral() -> rx.Component:
    state: Any = MyProfileState
    one = state.referral
    return card(
        rx.cond(
            one.code != "",
            layout(
                "stack",
                description_list(
                    [
                        ("Your code", rx.el.code(one.code), one.code),
                        ("Registered with it", one.registered),
                        ("Link", one.link, one.link),
                    ]
                ),
                shown_if(
                    one.chat != "",
                    description_list([("Link into Telegram", one.chat, one.chat)]),
                ),
            ),
            layout("cluster", button("Get my code", icon="user-plus", on_click=state.ask_code)),
        ),
        title="Recommend us",
        hint="Whoever registers with your code is known to have come through you. You learn how many"
        " they are, not who.",
    )
