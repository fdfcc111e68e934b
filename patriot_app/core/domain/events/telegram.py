"""Chats: which belongs to whom, and what was answered there."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import ClientEvent, Event

__all__ = [
    "ChatSecretDeleted",
    "RegistrationCodeUsed",
    "TelegramLinkClaimed",
    "TelegramLinkDeclined",
    "TelegramLinkOffered",
    "TelegramLinked",
    "TelegramSignInAllowed",
    "TelegramSignInRefused",
    "TelegramUnlinked",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramLinked(ClientEvent):
    """A person confirmed on the desk's page that a Telegram account is his."""

    telegram_id: int
    telegram_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramLinkOffered(ClientEvent):
    """A person asked for a code that connects a Telegram account with him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramLinkClaimed(ClientEvent):
    """A Telegram account came with a person's code; he has yet to confirm that it is his."""

    telegram_id: int
    telegram_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramLinkDeclined(ClientEvent):
    """A person said of the Telegram account that came with his code that it is not his."""

    telegram_id: int
    telegram_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramUnlinked(ClientEvent):
    telegram_id: int
    telegram_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSignInAllowed(ClientEvent):
    """A person said in the chat that it is he who signs in; the browser has yet to come for it."""

    ip: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSignInRefused(ClientEvent):
    """A person said in the chat that it is not he who signs in."""

    ip: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSecretDeleted(Event):
    """A message that looked like a secret was taken out of a chat; its text is kept nowhere."""

    telegram_id: int
    was_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCodeUsed(Event):
    """An invited person made himself known in a chat and got a short-lived link."""

    telegram_id: int
    telegram_name: str
