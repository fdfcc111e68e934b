"""The server: methods of the Bot API, long polling, and the faults of a bad network."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.bot_api.chats import Chats, Message, NoSuchMessage
from tests.bot_api.markup import NotMarkup, plain_text

TOKEN = "7000000001:" + "A" * 35
USERNAME = "patriot_test_bot"
TEXT_LENGTH_MAX = 4_096
CAPTION_LENGTH_MAX = 1_024
DATA_LENGTH_MAX = 64


@dataclass(frozen=True, slots=True)
class Fault:
    """What one call gets in place of its answer.

    Attributes:
        status: 0: the connection is dropped.
        happens: the call is carried out before.
    """

    status: int = 0
    retry_after: int = 0
    happens: bool = False


class Refusal(Exception):
    """A call that Telegram answers with an error."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


@dataclass
class BotApi:
    """One server for one bot.

    Attributes:
        calls: methods in the order they came.
        commands: the menu that the bot set.
        links: addresses in messages, by chat.
        menus: names of the commands that single chats were given.
        answered_at_most: so many messages are answered at once; further ones are shown, and their
            answer is held back until `released`.
    """

    chats: Chats
    url: str = ""
    calls: list[str] = field(default_factory=list)
    commands: list[dict[str, str]] = field(default_factory=list)
    webhook: str = ""
    links: dict[int, list[str]] = field(default_factory=dict)
    menus: dict[int, list[str]] = field(default_factory=dict)
    _faults: dict[str, deque[Fault]] = field(default_factory=dict)
    answered_at_most: int | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _polls: int = 0

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method go wrong."""
        self._faults.setdefault(method, deque()).extend(faults)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        if request.match_info["token"] != TOKEN:
            return _error(401, "Unauthorized")
        method = request.match_info["method"]
        fields = dict(await request.post())
        self.calls.append(method)
        fault = self._next_fault(method)
        if fault is not None and not fault.happens:
            return _failed(request, fault)
        try:
            result = await self._call(method, fields)
        except Refusal as refusal:
            return _error(refusal.status, str(refusal))
        if fault is not None:
            return _failed(request, fault)
        if method == "sendMessage" and self.answered_at_most is not None:
            self.answered_at_most -= 1
            if self.answered_at_most < 0:
                await self.released.wait()
        return web.json_response({"ok": True, "result": result})

    def _next_fault(self, method: str) -> Fault | None:
        waiting = self._faults.get(method)
        return waiting.popleft() if waiting else None

    async def _call(self, method: str, fields: dict[str, Any]) -> Any:
        match method:
            case "getMe":
                return _ME
            case "getUpdates":
                return await self._get_updates(fields)
            case "setWebhook":
                self.webhook = str(fields["url"])
            case "deleteWebhook":
                self.webhook = ""
            case "setMyCommands":
                self._set_commands(fields)
            case _ if method.startswith(("send", "edit")):
                return self._write(method, fields)
            case "deleteMessage":
                self._find(fields, self.chats.delete)
            case "answerCallbackQuery":
                self.chats.acknowledge(
                    str(fields["callback_query_id"]), str(fields.get("text", ""))
                )
            case _:
                raise Refusal(404, "Not Found")
        return True

    def _write(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "sendMessage":
                return self._send(fields)
            case "sendPhoto":
                return self._send_file(fields, "photo")
            case "sendDocument":
                return self._send_file(fields, "document")
            case "editMessageText":
                return self._edit(fields)
            case "editMessageMedia":
                return self._edit_picture(fields)
            case "editMessageReplyMarkup":
                return self._edit_buttons(fields)
        raise Refusal(404, "Not Found")

    async def _get_updates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        mine = self._polls
        self.chats.wake()
        found = await self.chats.updates(
            offset=int(fields.get("offset", 0)),
            limit=int(fields.get("limit", 100)),
            timeout_s=float(fields.get("timeout", 0)),
            is_over=lambda: self._polls != mine,
        )
        if self._polls != mine:
            raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return found

    def _send(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat_id, text = int(fields["chat_id"]), _text_of(fields)
        if chat_id in self.chats.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        self.links.setdefault(chat_id, []).extend(re.findall(r'href="([^"]+)"', fields["text"]))
        return self.chats.show(chat_id, text, _buttons_of(fields), _ME)

    def _edit(self, fields: dict[str, Any]) -> dict[str, Any]:
        text, buttons = _text_of(fields), _buttons_of(fields)
        return self._find(
            fields, lambda chat_id, message_id: self.chats.edit(chat_id, message_id, text, buttons)
        )

    def _edit_buttons(self, fields: dict[str, Any]) -> dict[str, Any]:
        buttons = _buttons_of(fields)
        found: dict[str, Any] = self._find(
            fields, lambda chat, message: self.chats.edit_buttons(chat, message, buttons)
        )
        return found

    def _set_commands(self, fields: dict[str, Any]) -> None:
        scope, commands = json.loads(fields.get("scope") or "{}"), json.loads(fields["commands"])
        if scope.get("type") == "chat":
            self.menus[int(scope["chat_id"])] = [one["command"] for one in commands]
        else:
            self.commands = commands

    def _send_file(self, fields: dict[str, Any], kind: str) -> dict[str, Any]:
        name, content = _attached(fields, str(fields[kind]))
        caption = _text_of(fields, "caption", most=CAPTION_LENGTH_MAX, may_be_empty=True)
        message = Message(self.chats.next_id(), caption, _buttons_of(fields), is_ours=True)
        if kind == "photo":
            message.picture = content
        else:
            message.file_name, message.file = name, content
        return self.chats.add(message, int(fields["chat_id"]), _ME)

    def _edit_picture(self, fields: dict[str, Any]) -> dict[str, Any]:
        media, buttons = json.loads(fields["media"]), _buttons_of(fields)
        _, picture = _attached(fields, media["media"])
        caption = _text_of(media, "caption", most=CAPTION_LENGTH_MAX, may_be_empty=True)
        found: dict[str, Any] = self._find(
            fields,
            lambda chat, message: self.chats.edit_picture(chat, message, picture, caption, buttons),
        )
        return found

    def _find(self, fields: dict[str, Any], act: Any) -> Any:
        try:
            return act(int(fields["chat_id"]), int(fields["message_id"]))
        except NoSuchMessage as error:
            raise Refusal(400, f"Bad Request: {error}") from error


@asynccontextmanager
async def running_bot_api() -> AsyncIterator[BotApi]:
    """Serve on a free port of this machine for as long as the block lasts."""
    api = BotApi(Chats())
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        api.chats.close()
        await asyncio.shield(runner.cleanup())


_ME = {"id": 7000000001, "is_bot": True, "first_name": "Desk", "username": USERNAME}


def _text_of(
    fields: dict[str, Any],
    name: str = "text",
    *,
    most: int = TEXT_LENGTH_MAX,
    may_be_empty: bool = False,
) -> str:
    text = str(fields.get(name, ""))
    try:
        shown = plain_text(text) if fields.get("parse_mode") == "HTML" else text
    except NotMarkup as error:
        raise Refusal(400, f"Bad Request: can't parse entities: {error}") from error
    if not shown.strip() and not may_be_empty:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(shown.encode("utf-16-le")) // 2 > most:
        raise Refusal(400, "Bad Request: message is too long")
    return shown


def _attached(fields: dict[str, Any], where: str) -> tuple[str, bytes]:
    """Return the name and the bytes of an uploaded file, which a field names as attach://…"""
    part = fields[where.removeprefix("attach://")]
    return str(part.filename), part.file.read()


def _buttons_of(fields: dict[str, Any]) -> dict[str, str]:
    markup = json.loads(fields.get("reply_markup") or "{}")
    buttons = {
        button["text"]: button["callback_data"]
        for row in markup.get("inline_keyboard", [])
        for button in row
    }
    if any(len(data.encode()) > DATA_LENGTH_MAX for data in buttons.values()):
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return buttons


def _error(status: int, description: str, *, retry_after: int = 0) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after:
        body["parameters"] = {"retry_after": retry_after}
    return web.json_response(body, status=status)


def _failed(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.status == 0:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    if fault.status == 502:
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
    return _error(fault.status, "Too Many Requests", retry_after=fault.retry_after)
