"""An ordinary HTML form, which works with the page's script, without it, and before it came.

Reflex's own form prevents the browser from sending as soon as the page is alive, whether or not
anybody else listens: a click in the moment before our script was loaded was lost without a word.
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML


class PlainForm(BaseHTML):
    """The form element as the browser knows it."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


def plain_form(*children: Any, action: str, class_name: str = "") -> rx.Component:
    """Return a form that posts to a plain route; `patriot.js` sends it where it runs."""
    return PlainForm.create(
        *children,
        action=action,
        method="post",
        class_name=class_name,
        custom_attrs={"data-plain-form": "true"},
    )
