"""/settings and /mute: language, amounts, quiet hours, digest, and what comes by which class."""

from dataclasses import replace
from datetime import time, timedelta

from daemon.telegram.screens.screen import Button, Press, Screen, Viewer
from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    Digest,
    Language,
    NoticeKind,
    Preferences,
)
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import notification_preferences
from patriot_app.core.queries.notification_preferences import OwnPreferences
from patriot_app.core.services import notification_preferences as service
from patriot_app.core.unit_of_work import UnitOfWork

SETTINGS, MUTE = "settings", "mute"
LANGUAGES = {
    Language.ENGLISH: "English",
    Language.UKRAINIAN: "Українська",
    Language.RUSSIAN: "Русский",
}
NEXT = {Choice.ON: Choice.SILENT, Choice.SILENT: Choice.OFF, Choice.OFF: Choice.ON}
MARKS = {Choice.ON: "🔔", Choice.SILENT: "🕶", Choice.OFF: "✕"}
NIGHT = (time(22), time(8))
HOURS = (1, 8, 24)
HOURS_MAX = 24 * 7


async def show_settings(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read one's own settings."""
    return settings_screen(viewer, await notification_preferences.own(viewer.actor))


async def show_mute(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Ask which class is to be silent and for how long; `args`: class."""
    if args and args[0] in set(NoticeKind):
        return hours_screen(viewer, NoticeKind(args[0]))
    return classes_screen(viewer)


def settings_screen(viewer: Viewer, own: OwnPreferences) -> Screen:
    """Lay out the settings; a button changes what it names."""
    chosen = own.settings
    quiet = viewer.label("settings.quiet.off")
    if chosen.quiet_from is not None and chosen.quiet_until is not None:
        quiet = f"{chosen.quiet_from:%H:%M}–{chosen.quiet_until:%H:%M} {chosen.zone}"
    text = viewer.say(
        "settings.title",
        language=LANGUAGES[chosen.language],
        amounts=viewer.label(f"settings.amounts.{'hidden' if chosen.hides_amounts else 'shown'}"),
        quiet=quiet,
        digest=viewer.label(f"settings.digest.{chosen.digest.value}"),
    )
    classes = [
        Button(
            f"{_mark(own, kind)} {viewer.label('class.' + kind.value)}",
            SETTINGS,
            (kind.value,),
            Press.DO,
        )
        for kind in NoticeKind
    ]
    rows = (
        tuple(
            Button(label, SETTINGS, ("language", one.value), Press.DO)
            for one, label in LANGUAGES.items()
        ),
        (
            Button(viewer.label("settings.amounts"), SETTINGS, ("amounts",), Press.DO),
            Button(viewer.label("settings.quiet"), SETTINGS, ("quiet",), Press.DO),
            Button(viewer.label("settings.digest"), SETTINGS, ("digest",), Press.DO),
        ),
        *(tuple(classes[start : start + 3]) for start in range(0, len(classes), 3)),
    )
    return Screen(text, rows)


def classes_screen(viewer: Viewer) -> Screen:
    """Lay out the classes that can be muted."""
    buttons = [
        Button(viewer.label("class." + kind.value), MUTE, (kind.value,)) for kind in NoticeKind
    ]
    rows = tuple(tuple(buttons[start : start + 3]) for start in range(0, len(buttons), 3))
    return Screen(viewer.say("mute.choose"), rows)


def hours_screen(viewer: Viewer, kind: NoticeKind) -> Screen:
    """Lay out for how long."""
    text = viewer.say("mute.hours", kind=viewer.label("class." + kind.value))
    hours = tuple(
        Button(viewer.label("mute.hour", number=number), MUTE, (kind.value, str(number)), Press.DO)
        for number in HOURS
    )
    end = Button(viewer.label("mute.end"), MUTE, (kind.value, "0"), Press.DO)
    return Screen(text, (hours, (end, Button(viewer.label("back"), MUTE))))


async def change(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Change one setting to its next value, or to the one named."""
    own = await notification_preferences.own(viewer.actor)
    if args[0] in set(NoticeKind):
        kind = NoticeKind(args[0])
        wanted = NEXT[own.choices.get((kind, Channel.TELEGRAM), Choice.ON)]
        await service.choose(uow, {(kind, Channel.TELEGRAM): wanted})
    else:
        await service.change(uow, _changed(own.settings, args))
    return viewer.say("settings.saved")


async def mute(uow: UnitOfWork, viewer: Viewer, args: tuple[str, ...]) -> str:
    """Keep a class from the person's chat for some hours; nought ends that."""
    hours = min(int(args[1]), HOURS_MAX)
    until = uow.now + timedelta(hours=hours)
    await service.mute(uow, [NoticeKind(args[0])], until=until, channels=[Channel.TELEGRAM])
    if not hours:
        return viewer.say("mute.ended")
    return viewer.say("mute.done", until=f"{until:%d.%m. %H:%M}")


def _changed(chosen: Preferences, args: tuple[str, ...]) -> Preferences:
    match args:
        case ("language", code):
            return replace(chosen, language=Language(code))
        case ("amounts",):
            return replace(chosen, hides_amounts=not chosen.hides_amounts)
        case ("quiet",):
            begins, ends = NIGHT if chosen.quiet_from is None else (None, None)
            return replace(chosen, quiet_from=begins, quiet_until=ends)
        case ("digest",):
            order = list(Digest)
            following = order[(order.index(chosen.digest) + 1) % len(order)]
            return replace(chosen, digest=following)
    raise NotFound("There is no such setting")


def _mark(own: OwnPreferences, kind: NoticeKind) -> str:
    return MARKS[own.choices.get((kind, Channel.TELEGRAM), Choice.ON)]
