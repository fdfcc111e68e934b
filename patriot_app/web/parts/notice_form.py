"""The form of what a person wants to hear: as it is shown, sent, and kept."""

from typing import Any

import pydantic

from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    Digest,
    Language,
    NoticeKind,
    Preferences,
    time_of_day,
)
from patriot_app.core.errors import Invalid
from patriot_app.core.queries.notification_preferences import OwnPreferences
from patriot_app.core.services import notification_preferences as preferences


class SettingsForm(pydantic.BaseModel):
    """The whole form.

    Attributes:
        choices: what comes as `choice_<class>_<channel>`, by that name; what is not his to choose
            is left where it came and refused with everything else that is not expected.
    """

    zone: str = pydantic.Field(min_length=1, max_length=64)
    language: Language
    quiet_from: str = pydantic.Field(default="", max_length=5)
    quiet_until: str = pydantic.Field(default="", max_length=5)
    digest: Digest
    digest_at: str = pydantic.Field(default="08:00", max_length=5)
    digest_weekday: int = pydantic.Field(default=0, ge=0, le=6)
    hides_amounts: bool = False
    choices: dict[str, str] = pydantic.Field(default_factory=dict)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _gather(cls, form: Any) -> Any:
        if not isinstance(form, dict):
            return form
        names = {name_of(*key) for key in free_choices()}
        chosen = {name: value for name, value in form.items() if name in names}
        return {name: form[name] for name in form if name not in names} | {"choices": chosen}


def preferences_in(form: SettingsForm) -> Preferences:
    """Return the settings.

    Raises:
        Invalid: what is no time of day.
    """
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


def choices_in(form: SettingsForm) -> dict[tuple[NoticeKind, Channel], Choice | None]:
    """Return what he chose of each class on each channel; None: as the desk suggests."""
    found: dict[tuple[NoticeKind, Channel], Choice | None] = {}
    for kind, channel in free_choices():
        value = form.choices.get(name_of(kind, channel), "")
        if value in {"", *Choice}:
            found[kind, channel] = Choice(value) if value else None
    return found


def values_of(own: OwnPreferences) -> dict[str, str]:
    """Return what the form shows."""
    settings = own.settings
    times = {"quiet_from": settings.quiet_from, "quiet_until": settings.quiet_until}
    return {
        "zone": settings.zone,
        "language": settings.language.value,
        "digest": settings.digest.value,
        "digest_at": f"{settings.digest_at:%H:%M}",
        "digest_weekday": str(settings.digest_weekday),
        **{name: "" if at is None else f"{at:%H:%M}" for name, at in times.items()},
        **{
            name_of(*key): own.choices[key].value if key in own.choices else ""
            for key in free_choices()
        },
    }


def free_choices() -> list[tuple[NoticeKind, Channel]]:
    """Return what a person may choose about."""
    return [
        (kind, channel)
        for kind in NoticeKind
        for channel in Channel
        if not preferences.is_fixed(kind, channel)
    ]


def name_of(kind: NoticeKind, channel: Channel) -> str:
    """Return how a choice is called in the form."""
    return f"choice_{kind.value}_{channel.value}"
