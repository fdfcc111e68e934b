"""What a person wants to hear, where and when: the form, the same in the console and the portal."""

from collections.abc import Mapping
from typing import Any

import pydantic
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
    time_of_day,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import notification_preferences as queries
from patriot_app.core.queries.notification_preferences import OwnPreferences
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


class SettingsForm(pydantic.BaseModel):
    """The whole form; choices come as `choice_<class>_<channel>`."""

    model_config = pydantic.ConfigDict(extra="allow")

    zone: str = pydantic.Field(min_length=1, max_length=64)
    language: Language
    quiet_from: str = pydantic.Field(default="", max_length=5)
    quiet_until: str = pydantic.Field(default="", max_length=5)
    digest: Digest
    digest_at: str = pydantic.Field(default="08:00", max_length=5)
    digest_weekday: int = pydantic.Field(default=0, ge=0, le=6)
    hides_amounts: bool = False


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
            self.values, self.error, self.errors = _values(own), "", {}
            self.hides_amounts, self.is_loaded = own.settings.hides_amounts, True
            self.shape = repr((sorted(self.values.items()), self.hides_amounts))
        except Exception as error:
            self.error = words_for(error)

    @rx.event
    @requires(Access.SIGNED_IN, SettingsForm)
    async def save(self, form: SettingsForm) -> Any:
        """Keep them."""
        try:
            wanted = _wanted(form)
        except Invalid as error:
            self.errors = error.fields
            return None
        outcome = await perform(_save, wanted, _chosen(form), done="Saved")
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


def _wanted(form: SettingsForm) -> Preferences:
    times, problems = {}, {}
    for name in ("quiet_from", "quiet_until", "digest_at"):
        try:
            times[name] = time_of_day(getattr(form, name))
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise Invalid(problems)
    return Preferences(
        zone=form.zone.strip(),
        language=form.language,
        quiet_from=times["quiet_from"],
        quiet_until=times["quiet_until"],
        digest=form.digest,
        digest_at=times["digest_at"] or Preferences().digest_at,
        digest_weekday=form.digest_weekday,
        hides_amounts=form.hides_amounts,
    )


def _chosen(form: SettingsForm) -> dict[tuple[NoticeKind, Channel], Choice | None]:
    sent = form.model_extra or {}
    found: dict[tuple[NoticeKind, Channel], Choice | None] = {}
    for kind, channel in _free():
        value = str(sent.get(_name(kind, channel), ""))
        if value in {"", *Choice}:
            found[kind, channel] = Choice(value) if value else None
    return found


def _values(own: OwnPreferences) -> dict[str, str]:
    settings = own.settings
    times = {"quiet_from": settings.quiet_from, "quiet_until": settings.quiet_until}
    return {
        "zone": settings.zone,
        "language": settings.language.value,
        "digest": settings.digest.value,
        "digest_at": f"{settings.digest_at:%H:%M}",
        "digest_weekday": str(settings.digest_weekday),
        **{name: "" if at is None else f"{at:%H:%M}" for name, at in times.items()},
        **{_name(*key): own.choices[key].value if key in own.choices else "" for key in _free()},
    }


def _free() -> list[tuple[NoticeKind, Channel]]:
    return [
        (kind, channel)
        for kind in NoticeKind
        for channel in Channel
        if not preferences.is_fixed(kind, channel)
    ]


def _name(kind: NoticeKind, channel: Channel) -> str:
    return f"choice_{kind.value}_{channel.value}"


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
            _name(kind, channel),
            CHANNELS[channel],
            "select",
            options=CHOICES,
            value=state.values[_name(kind, channel)],
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
