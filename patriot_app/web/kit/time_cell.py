"""Times as they stand in cells."""

from typing import Any

import reflex as rx


def time_cell(moment: Any) -> rx.Component:
    """Show a `format.Moment`: relative, kept fresh by the page's script; exact UTC on hover."""
    return rx.el.time(moment.ago, date_time=moment.iso, title=moment.exact)
