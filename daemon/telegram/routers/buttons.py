"""What pressing a button decides: once, by the person who was asked, within its time."""

from aiogram import Router
from aiogram.types import CallbackQuery

from daemon.telegram import acts, gate, keyboards, messages, presenter, tongue
from daemon.telegram.screens.registry import ACTS
from daemon.telegram.screens.screen import Press, Screen
from daemon.telegram.sender import Sender
from daemon.telegram.words.refusals import refusal
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.telegram import QuestionKind
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import refusals
from patriot_app.core.services.telegram import links, menus, questions, sign_ins
from patriot_app.core.unit_of_work import UnitOfWork, begin


def make_router() -> Router:
    """Return the handlers of this module; a router belongs to one dispatcher."""
    router = Router(name="buttons")
    router.callback_query.register(_press, flags={gate.ACT: "button"})
    return router


async def _press(query: CallbackQuery, person: Actor, sender: Sender, clock: Clock) -> None:
    if (in_menu := keyboards.pressed_in_menu(query.data)) is not None:
        await _press_in_menu(query, person, sender, clock, *in_menu)
        return
    found = keyboards.pressed(query.data)
    if found is None:
        language = await tongue.language_of(person, query.from_user)
        await sender.acknowledge(query.id, refusal(language, questions.TOO_LATE))
        return
    nonce, is_yes = found
    language = await tongue.language_of(person, query.from_user)
    try:
        async with begin(person, clock=clock) as uow:
            decided = await _decide(uow, nonce, is_yes=is_yes, telegram_id=query.from_user.id)
        text = messages.service(language, decided)
    except PatriotError as error:
        await refusals.note(person, what="Telegram button", why=str(error))
        text = messages.refused(language, str(error))
    await sender.acknowledge(query.id)
    assert query.message is not None
    await sender.edit(query.message.chat.id, query.message.message_id, text)


async def _press_in_menu(
    query: CallbackQuery, person: Actor, sender: Sender, clock: Clock, nonce: str, index: int
) -> None:
    """Use the screen's buttons up, then show or do what this one stands for."""
    viewer = await presenter.viewer_of(person, clock=clock)
    chat_id, place = query.from_user.id, presenter.place_of(query)
    try:
        async with begin(person, clock=clock) as uow:
            press, name, *args = await menus.press(uow, nonce, index, telegram_id=chat_id)
            done = await acts.take_step(
                uow, viewer, Press(press), name, tuple(args), telegram_id=chat_id
            )
    except PatriotError as error:
        await refusals.note(person, what="Telegram button", why=str(error))
        await sender.acknowledge(query.id, refusal(viewer.language, str(error)))
        return
    await sender.acknowledge(query.id)
    if isinstance(done, Screen):
        await presenter.show(sender, viewer, done, place=place, clock=clock)
        return
    shown = (name, tuple(args)) if done is None else (ACTS[name].then, ())
    await presenter.answer(
        sender, viewer, *shown, place=place, clock=clock, above="" if done is None else done
    )


async def _decide(uow: UnitOfWork, nonce: str, *, is_yes: bool, telegram_id: int) -> str:
    """Return the key of what is said of it."""
    answered = await questions.answer(uow, nonce, telegram_id=telegram_id)
    if answered.kind is QuestionKind.SIGN_IN:
        await sign_ins.settle(uow, answered.subject_id, is_yes=is_yes)
        return "allowed" if is_yes else "not_allowed"
    if is_yes:
        await links.unlink(uow)
    return "unlinked" if is_yes else "kept"
