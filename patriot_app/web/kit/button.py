"""One button for the whole product."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from patriot_app.web.kit.types import Flag, Handler, Text
from patriot_app.web.theme import Intent


def button(
    label: Text,
    *,
    on_click: Handler | None = None,
    intent: Intent = "neutral",
    solid: bool = False,
    icon: str | None = None,
    icon_only: bool = False,
    loading: Flag = False,
    disabled_reason: Text = "",
    submit: bool = False,
    href: Text | None = None,
    is_plain: bool = False,
    attributes: dict[str, Any] | None = None,
) -> rx.Component:
    """Return a button; a disabled one says why.

    Args:
        solid: a filled danger button; for the last step of a dangerous act only.
        icon: a lucide name, such as "pause".
        icon_only: show the icon alone; the label stays its accessible name.
        disabled_reason: not empty: the button does nothing and shows the reason on hover.
        href: make it a link that looks like a button.
        is_plain: the link leads to a page of plain HTML, which the browser loads anew.
    """
    disabled = _is_set(disabled_reason)
    look = "solid-danger" if solid and intent == "danger" else intent
    parts: list[Any] = [rx.icon(icon, size=15)] if icon else []
    parts.append(rx.el.span(label, class_name="visually-hidden" if icon_only else ""))
    common: dict[str, Any] = {
        "class_name": f"button button-{look}" + (" button-icon" if icon_only else ""),
        "title": label if icon_only else disabled_reason,
        "custom_attrs": attributes or {},
    }
    if href is not None and is_plain:
        return ReactRouterLink.create(*parts, to=href, reload_document=True, **common)
    if href is not None:
        return rx.el.a(*parts, href=href, **common)
    if on_click is not None:
        common["on_click"] = on_click
    return rx.el.button(
        *parts,
        type="submit" if submit else "button",
        disabled=disabled | _flag(loading),
        aria_busy=_flag(loading),
        **common,
    )


def _is_set(text: Text) -> Any:
    return text != "" if isinstance(text, rx.Var) else rx.Var.create(bool(text))


def _flag(flag: Flag) -> Any:
    return flag if isinstance(flag, rx.Var) else rx.Var.create(flag)
