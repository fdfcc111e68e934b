"""Sign-in, the first visit, registration, the second factor, and the proof of one's identity."""

from dataclasses import dataclass

from playwright.async_api import Page, expect

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.one_time_codes import code_at, step_at


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class App:
    """An authenticator app.

    Attributes:
        seed: the key that it was given.
    """

    seed: str

    def code(self, *, ahead: int = 0) -> str:
        """Return the code that it shows, or one of the next, since each is good once."""
        return code_at(self.seed, step_at(SystemClock().now()) + ahead)


class Gate:
    """The pages outside the frame."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    async def open(self, path: str = "/sign-in") -> None:
        """Load a page."""
        await self.page.goto(f"{self._url}{path}")

    async def create_administrator(self, person: Person, *, again: str | None = None) -> None:
        """Fill in the form of the first visit."""
        await self.page.get_by_label("Your name").fill(person.name)
        await self.page.get_by_label("E-mail").fill(person.email)
        await self.page.get_by_label("Password", exact=True).fill(person.password)
        await self.page.get_by_label("Password again").fill(
            person.password if again is None else again
        )
        await self.page.get_by_role("button", name="Create the administrator").click()

    async def invite(self, person: Person) -> str:
        """Fill in the form of an invitation and return the link that is shown once."""
        await self.page.get_by_label("Name", exact=True).fill(person.name)
        await self.page.get_by_label("E-mail").fill(person.email)
        await self.page.get_by_role("button", name="Invite").click()
        link = self.page.get_by_label("Link", exact=True)
        await expect(link).to_be_visible()
        return await link.inner_text()

    async def register(self, person: Person) -> None:
        """Fill in the form that an invitation's link leads to."""
        await expect(self.page.get_by_label("Your name")).to_have_value(person.name)
        await self.page.get_by_label("Password", exact=True).fill(person.password)
        await self.page.get_by_role("checkbox").check()
        await self.page.get_by_role("button", name="Register").click()

    async def offered_app(self) -> App:
        """Return an app that was given the key of the page."""
        key = await self.page.get_by_label("Key", exact=True).inner_text()
        return App(key.replace(" ", ""))

    async def sign_in(self, person: Person, *, password: str | None = None) -> None:
        """Fill in the sign-in form."""
        await self.page.get_by_label("E-mail").fill(person.email)
        await self.page.get_by_label("Password", exact=True).fill(
            person.password if password is None else password
        )
        await self.page.get_by_role("button", name="Sign in").click()

    async def confirm_identity(self, person: Person) -> None:
        """Give the password again, once the form has got its token."""
        await expect(self.page.locator('input[name="csrf"]')).not_to_have_value("")
        await self.page.get_by_label("Password", exact=True).fill(person.password)
        await self.page.get_by_role("button", name="Confirm").click()
