"""Times as they stand in cells and among facts.

The server tells instants; the page's script words them in the zone that the person chose. So what
tabs share holds nobody's zone, and without the script every time is UTC and says so.
"""

from typing import Any

import reflex as rx


def time_cell(moment: Any, *, in_utc: bool = False) -> rx.Component:
    """Show a `format.Moment`: relative, kept fresh; exact on hover, in the person's zone.

    Args:
        in_utc: for pages of the record, whose times everybody must read alike.
    """
    attributes = {"data-utc": "true"} if in_utc else {}
    return rx.el.time(moment.ago, date_time=moment.iso, title=moment.exact, custom_attrs=attributes)


def exact_time(moment: Any) -> rx.Component:
    """Show a `format.Moment` in full, in the person's zone with its name."""
    return rx.el.time(moment.exact, date_time=moment.iso, custom_attrs={"data-exact": "true"})
