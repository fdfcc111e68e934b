"""Show a screen in a chat: ask the matrix, read, keep what its buttons do, send or edit in place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from daemon.telegram import gate, keyboards, messages
from daemon.telegram.screens import welcome as welcome_screens
from daemon.telegram.screens.registry import SCREENS
from daemon.telegram.screens.screen import File, Screen, Viewer
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import notification_preferences
from patriot_app.core.services import refusals
from patriot_app.core.services.telegram import menus
from patriot_app.core.unit_of_work import begin

ALWAYS = ("unlink", "help")
"""Commands of every connected chat that are no screens."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a screen goes: a chat, and the message that it takes the place of.

    Attributes:
        message_id: None: a new message.
        has_picture: that message is a picture with a text below it.
    """

    chat_id: int
    message_id: int | None = None
    has_picture: bool = False


def place_of(query: CallbackQuery) -> Place:
    """Return the place of the message whose button was pressed."""
    message = query.message
    assert message is not None
    is_picture = isinstance(message, Message) and bool(message.photo)
    return Place(message.chat.id, message.message_id, is_picture)


async def viewer_of(person: Actor, *, clock: Clock) -> Viewer:
    """Return who looks, with the language and the discretion that he chose."""
    chosen = (await notification_preferences.own(person)).settings
    return Viewer(
        actor=person,
        now=clock.now(),
        language=chosen.language.value,
        hides_amounts=chosen.hides_amounts,
    )


async def answer(
    sender: Sender,
    viewer: Viewer,
    name: str,
    args: tuple[str, ...] = (),
    *,
    place: Place,
    clock: Clock,
    above: str = "",
) -> None:
    """Show the screen of this name, if the matrix lets the viewer see it.

    Args:
        above: what is said before the screen's own text, in HTML.
    """
    screen = await _read(viewer, name, args)
    if above:
        screen = replace(screen, text=f"{above}\n\n{screen.text}")
    await show(sender, viewer, screen, place=place, clock=clock)


async def welcome(
    sender: Sender, viewer: Viewer, *, chat_id: int, clock: Clock, is_new: bool = True
) -> None:
    """Say who is connected and what he may do here, and let the chat's menu hold just that."""
    commands = permitted(viewer, (*SCREENS, *ALWAYS))
    await sender.set_menu(chat_id, [(name, viewer.label(f"menu.{name}")) for name in commands])
    screen = (
        await welcome_screens.welcome(viewer, commands)
        if is_new
        else Screen(welcome_screens.help_text(viewer, commands))
    )
    await show(sender, viewer, screen, place=Place(chat_id), clock=clock)


def permitted(viewer: Viewer, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of these commands the matrix opens to the viewer."""
    return tuple(name for name in names if gate.may(f"/{name}", viewer.actor))


async def show(
    sender: Sender, viewer: Viewer, screen: Screen, *, place: Place, clock: Clock
) -> None:
    """Put a screen where it belongs."""
    keyboard = await _keyboard(viewer, screen, chat_id=place.chat_id, clock=clock)
    picture = next((one for one in screen.files if one.is_picture), None)
    for one in screen.files:
        if not one.is_picture:
            await sender.send_document(place.chat_id, one.name, one.content)
    await _put(sender, screen.text, picture, keyboard, place)


async def _put(
    sender: Sender,
    text: str,
    picture: File | None,
    keyboard: InlineKeyboardMarkup | None,
    place: Place,
) -> None:
    chat_id, message_id = place.chat_id, place.message_id
    if message_id is not None and place.has_picture != (picture is not None):
        # Telegram turns no text into a picture and none back.
        await sender.take_buttons_off(chat_id, message_id)
        message_id = None
    if picture is None:
        if message_id is None:
            await sender.say(chat_id, text, keyboard=keyboard)
        else:
            await sender.edit(chat_id, message_id, text, keyboard=keyboard)
    elif message_id is None:
        await sender.show_picture(chat_id, picture.content, text, keyboard=keyboard)
    else:
        await sender.change_picture(chat_id, message_id, picture.content, text, keyboard=keyboard)


async def _read(viewer: Viewer, name: str, args: tuple[str, ...]) -> Screen:
    if name not in SCREENS or not gate.may(f"/{name}", viewer.actor):
        await refusals.note(viewer.actor, what=f"Telegram /{name}", why="Not permitted")
        return Screen(viewer.say("not_permitted"))
    try:
        return await SCREENS[name](viewer, args)
    except (PatriotError, ValueError) as error:
        why = str(error) if isinstance(error, PatriotError) else viewer.label("not_understood")
        return Screen(messages.refused(viewer.language, why))


async def _keyboard(
    viewer: Viewer, screen: Screen, *, chat_id: int, clock: Clock
) -> InlineKeyboardMarkup | None:
    rows = [row for row in screen.rows if row]
    if not rows:
        return None
    choices = [(one.press.value, one.name, *one.args) for row in rows for one in row]
    async with begin(viewer.actor, clock=clock) as uow:
        nonce = await menus.keep(
            uow,
            choices,
            telegram_id=chat_id,
            lasts=screen.lasts,
        )
    return keyboards.menu(nonce, [[one.label for one in row] for row in rows])
