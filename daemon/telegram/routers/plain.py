"""Plain words, and /ask: what is meant leads to a command's screen, what is not clear to a person."""

import re
from collections import OrderedDict, deque

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from daemon.plain_words.conversation import Conversations
from daemon.plain_words.entities import Entities, find
from daemon.plain_words.intents import Intent
from daemon.plain_words.recogniser import Understanding, understand
from daemon.telegram import gate, meanings, messages, presenter, tongue
from daemon.telegram.screens.screen import Button, Screen, Viewer
from daemon.telegram.sender import Sender
from daemon.telegram.words import CATALOGUE
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.tickets import subject_from
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.queries import allocations
from patriot_app.core.queries import tickets as queries
from patriot_app.core.services import refusals, tickets
from patriot_app.core.unit_of_work import begin

SAID_MAX = 6
"""So many messages of a chat go with a question to the desk."""
SAID_LENGTH_MAX = 200
CHATS_MAX = 5_000
_NUMBERED = re.compile(r"#(\d{1,9})\s+(.+)", re.DOTALL)


def make_router() -> Router:
    """Return the handlers of this module, to be asked after every command."""
    talk = _Talk()
    router = Router(name="plain")
    router.message.register(talk.ask, Command("ask"), flags={gate.ACT: "/ask"})
    router.message.register(talk.answer, F.text & ~F.text.startswith("/"), flags={gate.ACT: "text"})
    return router


class _Talk:
    """What was spoken of in each chat; forgotten when the process ends."""

    def __init__(self) -> None:
        self._conversations = Conversations()
        self._said: OrderedDict[int, deque[str]] = OrderedDict()

    async def answer(
        self, message: Message, person: Actor | None, sender: Sender, clock: Clock
    ) -> None:
        """Answer plain words."""
        if person is None:
            language = tongue.language_of_stranger(message.from_user)
            await sender.say(message.chat.id, messages.unknown(language, is_connected=False))
            return
        viewer = await presenter.viewer_of(person, clock=clock)
        understood = understand(
            message.text or "",
            today=viewer.now.date(),
            is_staff=person.is_staff,
            language=viewer.language,
        )
        understood = self._conversations.follow(
            message.chat.id, understood, now_s=clock.monotonic()
        )
        self._note(message.chat.id, message.text or "", understood.intent)
        viewer = _in_language_of(viewer, understood)
        place = presenter.Place(message.chat.id)
        target = meanings.target_of(understood.intent, understood.entities, person)
        if target is not None:
            name, args = target
            if understood.intent is Intent.CHANGE_ALLOCATION:
                args = await _division(viewer, message.text or "")
            above = meanings.caution(viewer, understood)
            await presenter.answer(
                sender, viewer, name, args, place=place, clock=clock, above=above
            )
            return
        if understood.intent is Intent.HELP:
            await presenter.welcome(
                sender, viewer, chat_id=message.chat.id, clock=clock, is_new=False
            )
            return
        screen = _without_target(viewer, understood, person)
        await presenter.show(sender, viewer, screen, place=place, clock=clock)

    async def ask(
        self,
        message: Message,
        command: CommandObject,
        person: Actor,
        sender: Sender,
        clock: Clock,
    ) -> None:
        """Hand a question over to the desk, or go on with one."""
        viewer = await presenter.viewer_of(person, clock=clock)
        body = (command.args or "").strip()
        if not body:
            await sender.say(message.chat.id, viewer.say("ask.how"))
            return
        try:
            said = await self._hand_over(viewer, body, chat_id=message.chat.id, clock=clock)
        except PatriotError as error:
            await refusals.note(person, what="Telegram /ask", why=str(error))
            why = "; ".join(error.fields.values()) if isinstance(error, Invalid) else str(error)
            said = messages.refused(viewer.language, why)
        await sender.say(message.chat.id, said)

    async def _hand_over(self, viewer: Viewer, body: str, *, chat_id: int, clock: Clock) -> str:
        if numbered := _NUMBERED.fullmatch(body):
            number = int(numbered[1])
            own = await queries.own(viewer.actor)
            ticket = next((one for one in own if one.number == number), None)
            if ticket is None:
                return viewer.say("ask.unknown", number=number)
            async with begin(viewer.actor, clock=clock) as uow:
                await tickets.follow_up(uow, ticket.id, body=numbered[2])
            return viewer.say("ask.more", number=number)
        context = "\n".join(self._said.get(chat_id, ()))
        async with begin(viewer.actor, clock=clock) as uow:
            _, number = await tickets.open_ticket(
                uow, subject=subject_from(body), body=body, context=context
            )
        return viewer.say("ask.done", number=number)

    def _note(self, chat_id: int, text: str, intent: Intent) -> None:
        said = self._said.pop(chat_id, deque(maxlen=SAID_MAX))
        line = " ".join(text.split())[:SAID_LENGTH_MAX]
        said.append(f"{line} → {intent.value.replace('_', ' ')}")
        self._said[chat_id] = said
        while len(self._said) > CHATS_MAX:
            self._said.popitem(last=False)


async def _division(viewer: Viewer, text: str) -> tuple[str, ...]:
    """Return which share of whose account a message asks for, as the screen that asks takes it.

    Nothing where it names no strategy of his, or one that several of his accounts follow.
    """
    held = [
        (one.account.account_id, holding)
        for one in await allocations.of_client(viewer.actor, viewer.person_id)
        for holding in one.account.holdings
    ]
    names = {holding.name for _, holding in held}
    entities, _ = find(text, today=viewer.now.date(), strategies=sorted(names))
    meant = [(account, one) for account, one in held if one.name == entities.strategy]
    if len(meant) != 1:
        return ()
    account_id, holding = meant[0]
    share = () if entities.share is None else (str(entities.share),)
    return ("share", str(account_id), str(holding.deployment_id), *share)


def _in_language_of(viewer: Viewer, understood: Understanding) -> Viewer:
    """Answer in the language of the question, where its letters say which it is."""
    if understood.language == viewer.language or understood.language not in CATALOGUE:
        return viewer
    return Viewer(viewer.actor, viewer.now, understood.language, viewer.hides_amounts)


def _without_target(viewer: Viewer, understood: Understanding, person: Actor) -> Screen:
    """Say hello, how to disconnect or where else it is done; else ask what was meant."""
    if understood.intent is Intent.GREETING:
        return Screen(viewer.say("plain.hello", name=person.name), _usual(viewer, person))
    if understood.intent is Intent.UNLINK:
        return Screen(viewer.say("plain.unlink"))
    if understood.intent is not Intent.NONE:
        return Screen(viewer.say("plain.elsewhere"), _usual(viewer, person))
    guesses = [one for one in understood.guesses if meanings.has_screen(one, person)]
    if not guesses:
        return Screen(viewer.say("plain.lost"), _usual(viewer, person))
    rows = tuple((button,) for one in guesses if (button := _button(viewer, one, understood)))
    person_row = (Button(viewer.label("faq.person"), "faq", ("person",)),)
    return Screen(viewer.say("plain.unclear"), (*rows, person_row))


def _button(viewer: Viewer, intent: Intent, understood: Understanding) -> Button | None:
    target = meanings.target_of(intent, understood.entities, viewer.actor)
    title = meanings.title_of(viewer, intent)
    return None if target is None or not title else Button(title, *target)


def _usual(viewer: Viewer, person: Actor) -> tuple[tuple[Button, ...], ...]:
    usual = (Intent.DESK_STATUS,) if person.is_staff else (Intent.PORTFOLIO, Intent.PERFORMANCE)
    buttons = [
        Button(meanings.title_of(viewer, intent), *target)
        for intent in usual
        if (target := meanings.target_of(intent, Entities(), person)) is not None
    ]
    return (tuple(buttons), (Button(viewer.label("faq.more"), "faq"),))
