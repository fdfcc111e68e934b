"""What kit components accept."""

from typing import Any

import reflex as rx

Text = str | rx.Var[str]
Flag = bool | rx.Var[bool]
Handler = Any
"""An event handler of a page's state, or one with its arguments filled in."""
Child = Any
"""A component, a var or text."""
