"""The clients page."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import Frame
from tests.e2e.pages.gate import Person


class ClientsPage(Frame):
    """Whose money it is."""

    route, title = "/clients", "Clients"

    async def enter(self, person: Person) -> None:
        """Enter a client and wait until his drawer is open."""
        await self.page.get_by_role("button", name="New client").click()
        form = self.dialog("New client")
        await form.get_by_label("Name", exact=True).fill(person.name)
        await form.get_by_label("E-mail").fill(person.email)
        await form.get_by_label("First password").fill(person.password)
        await form.get_by_role("button", name="Enter client").click()
        await expect(self.dialog(person.name)).to_be_visible()

    async def approve(self, name: str) -> None:
        """Let the client of the open drawer trade and sign in."""
        drawer = self.dialog(name)
        await drawer.get_by_role("button", name="Approve").click()
        await self.confirm(re.compile("Approve"), "Approve client")
        await expect(drawer.get_by_text("Active", exact=True).first).to_be_visible()

    async def open_client(self, name: str) -> Locator:
        """Open a client's drawer."""
        await self.open()
        rows = self.page.get_by_test_id("clients-table").get_by_role("row")
        await rows.filter(has_text=name).click()
        drawer = self.dialog(name)
        await expect(drawer).to_be_visible()
        return drawer

    async def sign_mandate(self, name: str, *, rate: str) -> None:
        """Sign a mandate over all accounts of a client."""
        drawer = await self.open_client(name)
        await drawer.get_by_role("button", name="Sign a mandate").click()
        form = self.dialog("Sign a mandate")
        await form.get_by_label("Performance fee").fill(rate)
        everything = form.get_by_role("checkbox", name="Select all rows of this page")
        await expect(everything).to_be_checked()  # all of them, unless one is left out
        await form.get_by_label("Reason").fill("As agreed with the client")
        await form.get_by_role("button", name="Sign mandate").click()
        await expect(form).to_have_count(0)
