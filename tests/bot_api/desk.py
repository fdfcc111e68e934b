"""A desk with a bot: the web process's routes, the bot's reader, and the server between them.

Both live in this process, but each acts under its own database role: the bot takes a turn when it is
told to, with an engine of its own.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from daemon.telegram.api import open_bot
from daemon.telegram.bot import Reader
from patriot_app.api.app import create_api
from patriot_app.core.clock import Clock, FrozenClock, SystemClock
from patriot_app.core.domain import session_cookies
from patriot_app.core.domain.one_time_codes import code_at, step_at
from patriot_app.core.ids import new_id
from patriot_app.core.queries import sessions as session_queries
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import second_factors, sessions, users
from patriot_app.core.settings import Settings, get_settings
from patriot_app.core.unit_of_work import begin
from tests.bot_api.chats import Person
from tests.bot_api.server import TOKEN, BotApi, running_bot_api
from tests.database import Server
from tests.factories.keys import Keys
from tests.factories.roles import acting_as
from tests.factories.rows import OPERATOR

PASSWORD = "correct horse battery staple"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
OWNER = "tests"


@dataclass
class Browser:
    """A browser without scripts; keeps its cookies, as the tests' client does not over http."""

    client: httpx.AsyncClient
    cookies: dict[str, str]
    page: str = ""

    async def open(self, path: str) -> httpx.Response:
        """Load a page."""
        answer = await self.client.get(path, headers=self._headers())
        return self._keep(answer)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Send the page's form to this address, with what it holds and what was filled in."""
        [form] = re.findall(rf'<form[^>]*action="{re.escape(path)}".*?</form>', self.page, re.S)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        answer = await self.client.post(path, data=hidden | fields, headers=self._headers())
        return self._keep(answer)

    def code(self) -> str:
        """Return what the page says to send to the bot."""
        [shown] = re.findall(r'class="shown-once"[^>]*>(/start [^<]+)<', self.page)
        return unescape(shown)

    async def actor(self) -> SessionActor | None:
        """Return who is signed in here."""
        token = self.cookies.get(session_cookies.NAME, "")
        return await session_queries.actor_for_token(token)

    def _headers(self) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)
        return {"cookie": kept, "user-agent": CHROME}

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";", 1)[0].partition("=")
            self.cookies[name] = value.strip('"')
        self.page = answer.text
        return answer


@dataclass
class Desk:
    """What a test holds in its hands."""

    api: BotApi
    reader: Reader
    server: Server
    database: str
    client: httpx.AsyncClient
    folder: Path

    def person(
        self, telegram_id: int, *, name: str = "Ada", username: str = "", language: str = ""
    ) -> Person:
        """Return a user of Telegram; `language`: that of his app, such as "uk"."""
        return self.api.chats.person(telegram_id, name=name, username=username, language=language)

    def browser(self) -> Browser:
        """Return a browser in which nobody is signed in."""
        return Browser(self.client, {})

    async def turn(self) -> float:
        """Let the bot fetch and answer what waits, under its own role."""
        async with acting_as(self.server, self.database, "patriot_bot"):
            return await self.reader.turn()

    async def says(self, person: Person, text: str) -> str:
        """Write to the bot; return its answer."""
        person.sends(text)
        await self.turn()
        return person.sees()[-1] if person.sees() else ""

    async def signed_in(self, *, name: str = "Cleo") -> tuple[Browser, str]:
        """Return a new customer's browser and his address."""
        email = f"{new_id()}@mail.example"
        async with begin(OPERATOR) as uow:
            client_id = await users.create_client(uow, email=email, name=name, password=PASSWORD)
            await users.approve(uow, client_id)
        return await self.entered(email), email

    async def entered(self, email: str, *, code: str = "") -> Browser:
        """Sign in with the password."""
        opened = await sessions.sign_in(
            email, PASSWORD, totp=code, ip=str(new_id())[:45], user_agent=CHROME
        )
        return Browser(self.client, {session_cookies.NAME: opened.token})

    async def connected(self, person: Person) -> tuple[Browser, str]:
        """Return a new customer's browser and address, his Telegram account connected."""
        browser, email = await self.signed_in()
        await self.connect(browser, person)
        return browser, email

    async def connect(self, browser: Browser, person: Person) -> None:
        """Go through the connecting of a Telegram account."""
        await self.turn()
        await browser.open("/my-telegram")
        await browser.send("/api/my-telegram")
        await browser.open("/my-telegram")
        await self.says(person, browser.code())
        await browser.open("/my-telegram")
        answer = await browser.send("/api/my-telegram/confirm")
        assert answer.headers["location"] == "/my-telegram?done=connected", answer.text

    async def administrator(self) -> Browser:
        """Return the browser of a new administrator without a second factor."""
        browser, email = await self.signed_in(name="Root")
        self.server.execute(
            f"UPDATE users SET roles = '{{admin}}' WHERE email = '{email}'",
            database=self.database,
        )
        return browser

    async def enrolled(self, browser: Browser, *, clock: Clock) -> str:
        """Set up a second factor for who is signed in here; return its seed."""
        found, seed = await browser.actor(), second_factors.new_seed()
        assert found is not None
        async with begin(found.actor, clock=clock) as uow:
            await second_factors.enrol(uow, found.user_id, seed=seed, code=right_code(seed, clock))
        return seed


def right_code(seed: str, clock: Clock) -> str:
    """Return what the app shows at the clock's time."""
    return code_at(seed, step_at(clock.now()))


def earlier(minutes: float) -> FrozenClock:
    """Return a clock that stands so long ago: a code used then is not the present one."""
    return FrozenClock(SystemClock().now() - timedelta(minutes=minutes))


def settings_for(api: BotApi, folder: Path) -> Settings:
    """Return the bot's settings, its token in a file."""
    token = folder / "telegram_token"
    if not token.exists():
        token.write_text(TOKEN + "\n")
        token.chmod(0o400)
    return Settings(telegram_token_file=token, telegram_url=api.url)


@pytest.fixture
async def desk(
    as_web: str, keys: Keys, server: Server, database_name: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    """A desk whose bot has introduced itself."""
    ours = get_settings().public_url
    async with (
        running_bot_api() as api,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=create_api()),
            base_url=ours,
            headers={"origin": ours},
        ) as client,
    ):
        bot = open_bot(settings_for(api, tmp_path))
        reader = Reader(bot, owner=OWNER, clock=SystemClock(), wait_s=0)
        made = Desk(api, reader, server, database_name, client, tmp_path)
        await made.turn()
        yield made
        await bot.session.close()
