"""Sign-in, the first visit, and the confirmation of one's identity."""

from dataclasses import dataclass

from playwright.async_api import Page, expect


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in."""

    name: str
    email: str
    password: str


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
