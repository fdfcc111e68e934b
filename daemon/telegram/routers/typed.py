"""The second step that is typed: "HALT 4821", within a minute, one try."""

import re

from aiogram import Router
from aiogram.types import Message

from daemon.telegram import acts, gate, messages, presenter
from daemon.telegram.screens.registry import ACTS
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import refusals
from patriot_app.core.services.telegram import menus
from patriot_app.core.unit_of_work import begin

_CODE = re.compile(r"([A-Za-z]{3,12}) +([0-9]{4})")


def make_router() -> Router:
    """Return the handlers of this module; a router belongs to one dispatcher."""
    router = Router(name="typed")
    router.message.register(_take, _is_code, flags={gate.ACT: "typed"})
    return router


def _is_code(message: Message) -> bool:
    found = _CODE.fullmatch((message.text or "").strip())
    return found is not None and found[1].lower() in ACTS


async def _take(message: Message, person: Actor, sender: Sender, clock: Clock) -> None:
    found = _CODE.fullmatch((message.text or "").strip())
    assert found is not None
    word, digits = found[1].lower(), found[2]
    viewer = await presenter.viewer_of(person, clock=clock)
    place = presenter.Place(message.chat.id)
    # A try is used up by itself: what the act refuses must not bring it back.
    async with begin(person, clock=clock) as uow:
        choice = await menus.was_typed(uow, digits, telegram_id=message.chat.id)
    if choice is None or choice[1] != word:
        await refusals.note(person, what="Telegram typed code", why=menus.WRONG_CODE)
        await sender.say(place.chat_id, messages.refused(viewer.language, menus.WRONG_CODE))
        return
    _, name, *args = choice
    try:
        async with begin(person, clock=clock) as uow:
            acts.need(viewer, name)
            done = await ACTS[name].carry_out(uow, viewer, tuple(args))
    except PatriotError as error:
        await refusals.note(person, what=f"Telegram do:{name}", why=str(error))
        await sender.say(place.chat_id, messages.refused(viewer.language, str(error)))
        return
    then = ACTS[name].then
    await presenter.answer(sender, viewer, then, place=place, clock=clock, above=done)
