"""Incidents and the people who are woken."""

from playwright.async_api import Locator, expect

from tests.e2e.pages.frame import Frame


class IncidentsPage(Frame):
    """What went badly wrong, the newest first."""

    route, title = "/incidents", "Incidents"

    @property
    def newest(self) -> Locator:
        """Return the first row of the table."""
        return self.page.get_by_test_id("incidents-table").locator("tbody tr[data-row]").first

    @property
    def contacts(self) -> Locator:
        """Return the table of contacts."""
        return self.page.get_by_test_id("contacts-table")

    async def add_contact(self, name: str, address: str) -> None:
        """Add somebody at level 1, day and night."""
        await self.page.get_by_role("button", name="Add contact").click()
        form = self.dialog("Add contact")
        await form.get_by_label("Name").fill(name)
        await form.get_by_label("E-mail").fill(address)
        await form.get_by_role("button", name="Keep contact").click()
        await expect(form).to_have_count(0)

    async def open_newest(self) -> Locator:
        """Open the newest incident; return its drawer."""
        await self.newest.click()
        drawer = self.page.get_by_role("dialog").filter(has_text="Timeline")
        await expect(drawer).to_be_visible()
        return drawer

    async def write_record(self, drawer: Locator, *, root_cause: str) -> None:
        """Write down why it happened."""
        await drawer.get_by_role("button", name="Write record").click()
        form = self.dialog("Post-incident record")
        await form.get_by_label("Root cause").fill(root_cause)
        await form.get_by_role("button", name="Keep record").click()
        await expect(form).to_have_count(0)
