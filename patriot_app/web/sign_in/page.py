"""Sign-in, the first administrator, and the confirmation of one's identity."""

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.kit import Field, card, notice, secret_field, secret_form
from patriot_app.web.shell import gate_page, link, open_page
from patriot_app.web.sign_in.state import SignInState


def _messages() -> rx.Component:
    return rx.fragment(
        rx.cond(SignInState.problem != "", notice(SignInState.problem, tone="danger")),
        rx.cond(SignInState.news != "", notice(SignInState.news)),
    )


def _email() -> Field:
    return Field("email", "E-mail", "email", required=True, autocomplete="username")


@open_page(routes.SIGN_IN, title="Sign in", on_load=SignInState.load)
def sign_in_page() -> rx.Component:
    """Return the sign-in form."""
    return gate_page(
        _messages(),
        card(
            secret_form(
                action=routes.API_SESSION,
                fields=[_hidden_next(), _email()],
                secrets=[
                    secret_field(
                        name="password", label="Password", autocomplete="current-password"
                    ),
                    _code_field(),
                ],
                submit_label="Sign in",
            )
        ),
        footer=rx.fragment(
            link("Sign in with Telegram", to=routes.TELEGRAM_SIGN_IN, reload_document=True),
            " · ",
            link("Forgotten your password?", to=routes.FORGOTTEN_PASSWORD, reload_document=True),
        ),
        title="Sign in",
    )


@open_page(routes.FIRST_RUN, title="First visit", on_load=SignInState.load)
def first_run_page() -> rx.Component:
    """Return the form that creates the first administrator."""
    return gate_page(
        _messages(),
        card(
            secret_form(
                action=routes.API_FIRST_RUN,
                fields=[
                    Field("name", "Your name", required=True, autocomplete="name"),
                    _email(),
                ],
                secrets=[
                    secret_field(
                        name="password",
                        label="Password",
                        hint="At least 15 characters",
                        autocomplete="new-password",
                    ),
                    secret_field(
                        name="password_again", label="Password again", autocomplete="new-password"
                    ),
                ],
                submit_label="Create the administrator",
            ),
            title="Welcome",
            hint="Nobody is here yet. You become the administrator with every staff role.",
        ),
        title="First visit",
    )


@open_page(routes.CONFIRM_IDENTITY, title="Confirm", on_load=SignInState.load_confirmation)
def confirm_identity_page() -> rx.Component:
    """Return the form that proves one's identity again before a grave act."""
    return gate_page(
        _messages(),
        card(
            secret_form(
                action=routes.API_CONFIRM_IDENTITY,
                csrf=SignInState.csrf,
                fields=[_hidden_next()],
                secrets=[
                    secret_field(
                        name="password", label="Password", autocomplete="current-password"
                    ),
                    _code_field(),
                ],
                submit_label="Confirm",
            ),
            title="Confirm that it is you",
            hint="The act you chose needs your password, given within the last five minutes.",
        ),
        title="Confirm",
    )


def _code_field() -> rx.Component:
    return secret_field(
        name="code",
        label="One-time code",
        autocomplete="one-time-code",
        visible=True,
        required=False,
        hint="Only if you have set one up; a recovery code works too, once",
    )


def _hidden_next() -> Field:
    return Field("next", "", "hidden", value=SignInState.next_path)
