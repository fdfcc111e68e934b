"""What pressing a button decides: once, by the account that was asked, within the minute."""

from aiogram import Router
from aiogram.types import CallbackQuery

from daemon.telegram import gate, keyboards, messages
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.telegram import QuestionKind
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import refusals
from patriot_app.core.services.telegram import links, questions, sign_ins
from patriot_app.core.unit_of_work import UnitOfWork, begin


def make_router() -> Router:
    """Return the handlers of this module; a router belongs to one dispatcher."""
    router = Router(name="buttons")
    router.callback_query.register(_press, flags={gate.ACT: "button"})
    return router


async def _press(query: CallbackQuery, person: Actor, sender: Sender, clock: Clock) -> None:
    found = keyboards.pressed(query.data)
    if found is None:
        await sender.acknowledge(query.id, questions.TOO_LATE)
        return
    nonce, is_yes = found
    try:
        async with begin(person, clock=clock) as uow:
            text = await _decide(uow, nonce, is_yes=is_yes, telegram_id=query.from_user.id)
    except PatriotError as error:
        await refusals.note(person, what="Telegram button", why=str(error))
        text = messages.refused(str(error))
    await sender.acknowledge(query.id)
    assert query.message is not None
    await sender.edit(query.message.chat.id, query.message.message_id, text)


async def _decide(uow: UnitOfWork, nonce: str, *, is_yes: bool, telegram_id: int) -> str:
    answered = await questions.answer(uow, nonce, telegram_id=telegram_id)
    if answered.kind is QuestionKind.SIGN_IN:
        await sign_ins.settle(uow, answered.subject_id, is_yes=is_yes)
        return messages.ALLOWED if is_yes else messages.NOT_ALLOWED
    if is_yes:
        await links.unlink(uow)
    return messages.UNLINKED if is_yes else messages.KEPT
