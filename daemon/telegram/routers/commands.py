"""Each screen's command: "/positions", "/performance week", "/clients Ada"."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from daemon.telegram import gate, presenter
from daemon.telegram.screens.registry import SCREENS
from daemon.telegram.sender import Sender
from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import Actor

ALIASES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "statement": ("statements", ()),
    "client": ("clients", ()),
    "notifications": ("settings", ()),
    "quiet": ("settings", ()),
    "daily": ("performance", ("day",)),
    "weekly": ("performance", ("week",)),
    "monthly": ("performance", ("month",)),
}
"""Other names that people know: the screen and its first arguments; they are in no menu."""
ARGUMENTS_MAX = 12
ARGUMENT_LENGTH_MAX = 80
PAGED = frozenset({"positions", "trades"})
"""Their first argument is a page; a person writes the symbol only."""


def make_router() -> Router:
    """Return the handlers of this module; a router belongs to one dispatcher."""
    router = Router(name="commands")
    for name in SCREENS:
        router.message.register(_handler(name), Command(name), flags={gate.ACT: f"/{name}"})
    for alias, (name, first) in ALIASES.items():
        flags = {gate.ACT: f"/{name}"}
        router.message.register(_handler(name, first), Command(alias), flags=flags)
    return router


def _handler(name: str, first: tuple[str, ...] = ()) -> Callable[..., Awaitable[Any]]:
    async def handle(
        message: Message, command: CommandObject, person: Actor, sender: Sender, clock: Clock
    ) -> None:
        args = (*first, *arguments(name, command.args or ""))
        viewer = await presenter.viewer_of(person, clock=clock)
        place = presenter.Place(message.chat.id)
        await presenter.answer(sender, viewer, name, args, place=place, clock=clock)

    return handle


def arguments(name: str, given: str) -> tuple[str, ...]:
    """Return what was written after a command, within bounds."""
    args = tuple(word[:ARGUMENT_LENGTH_MAX] for word in given.split()[:ARGUMENTS_MAX])
    if name in PAGED and args and not args[0].isdecimal():
        return ("1", *args)
    return args
