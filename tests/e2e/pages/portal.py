"""The portal: what a client sees of his own."""

from playwright.async_api import Locator

from tests.e2e.pages.frame import Frame


class PortfolioPage(Frame):
    """His money."""

    route, title = "/portfolio", "Your portfolio"

    def figure(self, label: str) -> Locator:
        """Return the card of a figure."""
        return self.page.locator("main .stat").filter(has_text=label).first


class OwnPositionsPage(Frame):
    """What he holds and what was traded for him."""

    route, title = "/portfolio/positions", "Positions and trades"


class OwnKeysPage(Frame):
    """His keys."""

    route, title = "/portfolio/keys", "Your keys"
