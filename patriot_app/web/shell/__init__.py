"""The frame around every page, and how a page is registered."""

from patriot_app.web.shell.banners import link
from patriot_app.web.shell.frame import brand, theme_switch
from patriot_app.web.shell.gate import gate_page
from patriot_app.web.shell.pages import console_page, open_page, portal_page
from patriot_app.web.shell.registry import REGISTERED
from patriot_app.web.shell.state import ShellState

__all__ = [
    "REGISTERED",
    "ShellState",
    "brand",
    "console_page",
    "gate_page",
    "link",
    "open_page",
    "portal_page",
    "theme_switch",
]
