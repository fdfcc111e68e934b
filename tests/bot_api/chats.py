"""What the chats show, and the people who write in them: the side of Telegram's users."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

WAIT_S = 60.0


class NoSuchMessage(LookupError):
    """The message is not in the chat."""


@dataclass
class Message:
    """One message as the chat shows it now."""

    message_id: int
    text: str
    buttons: dict[str, str]
    is_ours: bool
    picture: bytes = b""
    file_name: str = ""
    file: bytes = b""


@dataclass
class Chats:
    """All chats of a bot and what waits to be fetched."""

    blocked: set[int] = field(default_factory=set)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    _shown: dict[int, list[Message]] = field(default_factory=dict)
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _ids: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _is_closed: bool = False

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._is_closed = True
        self.wake()

    def person(
        self, telegram_id: int, *, name: str = "Ada", username: str = "", language: str = ""
    ) -> "Person":
        """Return somebody who uses Telegram."""
        return Person(self, telegram_id, name, username, language)

    def shown(self, chat_id: int) -> list[Message]:
        """Return what a chat shows."""
        return self._shown.setdefault(chat_id, [])

    def next_id(self) -> int:
        """Return an id that was not given yet."""
        self._ids += 1
        return self._ids

    def receive(self, update: dict[str, Any]) -> None:
        """Keep an update until the bot has confirmed it."""
        self._waiting.append({"update_id": self.next_id(), **update})
        self.wake()

    def unconfirmed(self) -> int:
        """Return how many updates the bot has not confirmed."""
        return len(self._waiting)

    async def all_confirmed(self) -> None:
        """Wait until the bot has confirmed everything."""
        await self.until(lambda: not self._waiting)

    async def updates(
        self, *, offset: int, limit: int, timeout_s: float, is_over: Callable[[], bool]
    ) -> list[dict[str, Any]]:
        """Confirm what is before the offset; return what waits, at once or when it comes."""
        before = len(self._waiting)
        self._waiting = [one for one in self._waiting if one["update_id"] >= offset]
        if len(self._waiting) < before:
            self.wake()
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        while not self._waiting and not self._is_closed and not is_over():
            left_s = ends_at - loop.time()
            if left_s <= 0:
                break
            await self._wait(left_s)
        return self._waiting[:limit]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something to become true of the chats."""
        async with asyncio.timeout(WAIT_S):
            while not is_so():
                await self._changed.wait()

    def show(
        self, chat_id: int, text: str, buttons: dict[str, str], sender: dict[str, Any]
    ) -> dict[str, Any]:
        """Add a message of the bot's."""
        return self.add(Message(self.next_id(), text, buttons, is_ours=True), chat_id, sender)

    def add(self, message: Message, chat_id: int, sender: dict[str, Any]) -> dict[str, Any]:
        """Add a message of the bot's that may hold a picture or a file."""
        self.shown(chat_id).append(message)
        self.wake()
        return message_of(message, chat_id, sender)

    def edit(
        self, chat_id: int, message_id: int, text: str, buttons: dict[str, str]
    ) -> dict[str, Any]:
        """Change a message of the bot's."""
        message = self._find(chat_id, message_id)
        if message.picture:
            raise NoSuchMessage("there is no text in the message to edit")
        if (message.text, message.buttons) == (text, buttons):
            raise NoSuchMessage("message is not modified")
        message.text = text
        return self.edit_buttons(chat_id, message_id, buttons)

    def edit_picture(
        self, chat_id: int, message_id: int, picture: bytes, text: str, buttons: dict[str, str]
    ) -> dict[str, Any]:
        """Put another picture into a message of the bot's."""
        message = self._find(chat_id, message_id)
        message.picture, message.text = picture, text
        return self.edit_buttons(chat_id, message_id, buttons)

    def edit_buttons(
        self, chat_id: int, message_id: int, buttons: dict[str, str]
    ) -> dict[str, Any]:
        """Give a message other buttons, or none."""
        message = self._find(chat_id, message_id)
        message.buttons = buttons
        self.wake()
        return message_of(message, chat_id, {"id": 1, "is_bot": True, "first_name": "Desk"})

    def delete(self, chat_id: int, message_id: int) -> bool:
        """Take a message out."""
        self.shown(chat_id).remove(self._find(chat_id, message_id))
        self.wake()
        return True

    def acknowledge(self, query_id: str, text: str) -> None:
        """Note that a pressed button stopped waiting."""
        self.acknowledged.append((query_id, text))
        self.wake()

    def _find(self, chat_id: int, message_id: int) -> Message:
        for message in self.shown(chat_id):
            if message.message_id == message_id:
                return message
        raise NoSuchMessage("message to edit not found")

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return


@dataclass
class Person:
    """Somebody who uses Telegram; what he sees is his private chat unless said otherwise."""

    chats: Chats
    telegram_id: int
    name: str
    username: str
    language: str = ""

    def sends(self, text: str, *, group: int | None = None) -> int:
        """Write to the bot; return the message's id."""
        chat_id = group or self.telegram_id
        message = Message(self.chats.next_id(), text, {}, is_ours=False)
        self.chats.shown(chat_id).append(message)
        self.chats.receive({"message": message_of(message, chat_id, self._user())})
        return message.message_id

    def presses(self, label: str, *, data: str = "", query_id: str = "") -> None:
        """Press a button of the newest message that has it, or send forged data in its name."""
        holder = next(
            (one for one in reversed(self.chats.shown(self.telegram_id)) if label in one.buttons),
            Message(0, "", {}, is_ours=True),
        )
        self.chats.receive(
            {
                "callback_query": {
                    "id": query_id or str(self.chats.next_id()),
                    "from": self._user(),
                    "chat_instance": "1",
                    "data": data or holder.buttons[label],
                    "message": message_of(holder, self.telegram_id, self._user()),
                }
            }
        )

    def sees(self, *, group: int | None = None) -> list[str]:
        """Return what the bot has written in the chat, as it stands now."""
        shown = self.chats.shown(group or self.telegram_id)
        return [message.text for message in shown if message.is_ours]

    def newest(self) -> Message:
        """Return the bot's newest message."""
        return [one for one in self.chats.shown(self.telegram_id) if one.is_ours][-1]

    async def hears(self, words: str, *, times: int = 1) -> str:
        """Wait until messages of the bot hold the words; return the newest of them."""

        def matching() -> list[str]:
            return [text for text in self.sees() if words in text]

        try:
            await self.chats.until(lambda: len(matching()) >= times)
        except TimeoutError as error:
            raise AssertionError(f"{words!r} was not said: {self.sees()}") from error
        return matching()[-1]

    def _user(self) -> dict[str, Any]:
        user = {"id": self.telegram_id, "is_bot": False, "first_name": self.name}
        if self.username:
            user["username"] = self.username
        return user | ({"language_code": self.language} if self.language else {})


def message_of(message: Message, chat_id: int, sender: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the Bot API tells it; groups have ids below zero."""
    kind = {"type": "group", "title": "A group"} if chat_id < 0 else {"type": "private"}
    text = message.text
    entities = []
    if text.startswith("/"):
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    told = {
        "message_id": message.message_id,
        "date": 1_770_000_000,
        "chat": {"id": chat_id, **kind},
        "from": sender,
    }
    if message.picture:
        size = {"file_id": "p", "file_unique_id": "p", "width": 800, "height": 420}
        return told | {"photo": [size], "caption": text}
    return told | {"text": text, "entities": entities}
