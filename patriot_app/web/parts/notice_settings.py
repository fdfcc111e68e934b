"""What a person wants to hear, where and when: the form, the same in the console and the portal."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from patriot_app.core.domain.notification_preferences import (
    KINDS,
    WEEKDAYS,
    Channel,
    Choice,
    Digest,
    Language,
    NoticeKind,
    Preferences,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import notification_preferences as queries
from patriot_app.core.services import notification_preferences as preferences
from patriot_app.core.unit_of_work import UnitOfWork
from patriot_app.web import live
from patriot_app.web.actions import perform, toast
from patriot_app.web.auth import Access, current_actor, requires
from patriot_app.web.kit import (
    Field,
    button,
    card,
    fields_of,
    form_problem,
    layout,
    notice,
    page_head,
    shown_if,
)
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.notice_form import (
    SettingsForm,
    choices_in,
    name_of,
    preferences_in,
    values_of,
)
from patriot_app.web.parts.notices import KIND_NAMES

CHANNELS = {Channel.WEB: "Web", Channel.TELEGRAM: "Telegram", Channel.EMAIL: "E-mail"}
CHOICES = [
    ("", "As the desk suggests"),
    (Choice.ON.value, "On"),
    (Choice.SILENT.value, "Silent"),
    (Choice.OFF.value, "Off"),
]
LANGUAGES = {
    Language.ENGLISH: "English",
    Language.UKRAINIAN: "Українська",
    Language.RUSSIAN: "Русский",
}
DIGESTS = {Digest.OFF: "No digest", Digest.DAILY: "Every day", Digest.WEEKLY: "Every week"}


class NoticeSettingsState(rx.State):
    """The form as it is kept.

    Attributes:
        shape: all that is kept, as one text. A form that a former visit to the page left is drawn
            anew when it changed since, in the chat say, or saving would bring the old back.
    """

    values: dict[str, str] = {}
    shape: str = ""
    hides_amounts: bool = False
    is_loaded: bool = False
    error: str = ""
    errors: dict[str, str] = {}

    @rx.event
    @requires(Access.SIGNED_IN)
    async def load(self) -> None:
        """Read his own settings."""
        try:
            own = await queries.own(current_actor())
            self.values, self.error, self.errors = values_of(own), "", {}
            self.hides_amounts, self.is_loaded = own.settings.hides_amounts, True
            self.shape = repr((sorted(self.values.items()), self.hides_amounts))
        except Exception as error:
            self.error = words_for(error)

    @rx.event
    @requires(Access.SIGNED_IN, SettingsForm)
    async def save(self, form: SettingsForm) -> Any:
        """Keep them."""
        try:
            wanted = preferences_in(form)
        except Invalid as error:
            self.errors = error.fields
            return None
        outcome = await perform(_save, wanted, choices_in(form), done="Saved")
        self.errors = outcome.fields
        live.HUB.refresh_frame(self.router.session.client_token)
        return toast(outcome)


async def _save(
    uow: UnitOfWork,
    wanted: Preferences,
    chosen: Mapping[tuple[NoticeKind, Channel], Choice | None],
) -> None:
    await preferences.change(uow, wanted)
    await preferences.choose(uow, chosen)


def settings_page(*, back: str) -> rx.Component:
    """Return the page.

    Args:
        back: address of the notification centre.
    """
    state: Any = NoticeSettingsState
    return layout(
        "stack",
        page_head(
            "What you hear",
            hint="What is critical always stands in the web and waits for nothing.",
            actions=[button("Notifications", icon="arrow-left", href=back)],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        shown_if(
            state.is_loaded,
            rx.el.form(
                form_problem(state.errors),
                layout("grid", _time(state), _quiet(state), _digest(state)),
                layout("grid", *[_class(state, kind) for kind in NoticeKind]),
                rx.el.div(
                    button("Save", intent="primary", solid=True, submit=True),
                    class_name="form-foot",
                ),
                on_submit=state.save,
                class_name="form",
                no_validate=True,
                key=state.shape,
            ),
        ),
    )


def _time(state: Any) -> rx.Component:
    fields = [
        Field(
            "zone",
            "Time zone",
            hint="Such as Europe/Kyiv; of quiet hours, digests and times on pages and in messages",
            value=state.values["zone"],
        ),
        Field(
            "language",
            "Language of the chat",
            "select",
            options=list(LANGUAGES.items()),
            value=state.values["language"],
        ),
        Field(
            "hides_amounts",
            "Hide amounts in messages",
            "checkbox",
            hint="In chats and e-mail; the web shows them",
            value=state.hides_amounts,
        ),
    ]
    return card(*fields_of(fields, state.errors), title="Time and language")


def _quiet(state: Any) -> rx.Component:
    fields = [
        Field("quiet_from", "From", placeholder="22:00", value=state.values["quiet_from"]),
        Field("quiet_until", "Until", placeholder="07:00", value=state.values["quiet_until"]),
    ]
    return card(
        *fields_of(fields, state.errors),
        title="Quiet hours",
        hint="Chats and e-mail wait until they end, then come as one message. Not what is critical"
        " and not what concerns your sign-in.",
    )


def _digest(state: Any) -> rx.Component:
    weekdays = [(str(number), day) for number, day in enumerate(WEEKDAYS)]
    fields = [
        Field(
            "digest",
            "What is not urgent",
            "select",
            options=[
                (key, f"{text}, at once" if key == "off" else text) for key, text in DIGESTS.items()
            ],
            value=state.values["digest"],
        ),
        Field("digest_at", "At", placeholder="08:00", value=state.values["digest_at"]),
        Field(
            "digest_weekday",
            "Day of a weekly one",
            "select",
            options=weekdays,
            value=state.values["digest_weekday"],
        ),
    ]
    return card(
        *fields_of(fields, state.errors),
        title="Digest",
        hint="Several messages as one, on chats and e-mail.",
    )


def _class(state: Any, kind: NoticeKind) -> rx.Component:
    fields = [
        Field(
            name_of(kind, channel),
            CHANNELS[channel],
            "select",
            options=CHOICES,
            value=state.values[name_of(kind, channel)],
        )
        for channel in Channel
        if not preferences.is_fixed(kind, channel)
    ]
    fixed = "The web and e-mail always tell it." if kind is NoticeKind.SECURITY else ""
    return card(
        *fields_of(fields, state.errors),
        title=KIND_NAMES[kind],
        hint=f"{KINDS[kind]}. {fixed}".strip(),
    )
