"""Pages of plain HTML, for what must not pass through Reflex even on its way to the screen."""

from datetime import UTC, datetime
from html import escape

from fastapi.responses import HTMLResponse

from patriot_app.core.ids import new_id

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · PATRIOT</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script src="/patriot.js"></script>
<link rel="stylesheet" href="/theme.css">
<link rel="stylesheet" href="/kit.css">
<link rel="stylesheet" href="/shell.css">
</head>
<body>
<main class="gate"><div class="gate-card">
<div class="brand">PATRIOT</div>
<section class="card"><div class="card-head"><div><h1>{title}</h1><p>{hint}</p></div></div>
<div class="card-body plain">{body}</div></section>
<p class="gate-foot"><a href="{back}">{back_label}</a></p>
</div></main>
</body>
</html>"""


def page(
    title: str,
    *,
    hint: str,
    body: str,
    back: str,
    back_label: str = "Back to the desk",
    status: int = 200,
) -> HTMLResponse:
    """Return a page outside the frame that nobody keeps.

    Args:
        body: HTML made of the functions of this module.
    """
    text = _PAGE.format(
        title=escape(title),
        hint=escape(hint),
        body=body,
        back=escape(back),
        back_label=escape(back_label),
    )
    return HTMLResponse(text, status_code=status, headers={"cache-control": "no-store"})


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def shown_once(label: str, text: str) -> str:
    """Return a secret that is marked whole by one click."""
    name = escape(label)
    return (
        f'<div class="field"><span class="field-label">{name}</span>'
        f'<code class="shown-once" aria-label="{name}">{escape(text)}</code></div>'
    )


def shown_once_list(label: str, items: tuple[str, ...]) -> str:
    """Return a list of secrets."""
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<ol class="shown-once" aria-label="{escape(label)}">{rows}</ol>'


def problem(text: str) -> str:
    """Return what went wrong; nothing without a text."""
    return f'<div class="form-problem" role="alert">{escape(text)}</div>' if text else ""


def news(text: str) -> str:
    """Return what was done; nothing without a text."""
    return f'<div class="notice" role="status">{escape(text)}</div>' if text else ""


def entry(
    title: str,
    facts: tuple[str, ...],
    *,
    mark: str = "",
    tone: str = "positive",
    act: str = "",
) -> str:
    """Return one of several things of a person: its name, what is known of it, what he may do.

    Args:
        act: HTML of a form.
    """
    marked = f' <span class="badge" data-tone="{tone}">{escape(mark)}</span>' if mark else ""
    lines = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
    return (
        f'<li class="entry"><div><strong>{escape(title)}</strong>{marked}'
        f'<ul class="entry-facts">{lines}</ul></div>{act}</li>'
    )


def entries(label: str, items: list[str]) -> str:
    """Return a list of entries."""
    return f'<ul class="entries" aria-label="{escape(label)}">{"".join(items)}</ul>'


def moment(at: datetime) -> str:
    """Return a time as it stands on a page that has no script of its own."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def awaits(text: str, *, state: str = "", shown: str = "") -> str:
    """Return a line that says what the page waits for; where scripts run, it loads anew by itself.

    Args:
        state: address that tells the present stage; empty: the page itself is looked at.
        shown: the stage that this page shows.
    """
    return (
        f'<p class="muted" role="status" data-awaits="{escape(state)}" data-stage="{escape(shown)}">'
        f"{escape(text)} …</p>"
    )


def text_link(label: str, to: str) -> str:
    """Return a link that looks like a button."""
    return f'<a class="button button-neutral" href="{escape(to)}">{escape(label)}</a>'


def form(
    action: str,
    *,
    hidden: dict[str, str],
    label: str,
    fields: str = "",
    is_scripted: bool = False,
    intent: str = "primary",
    goes_by_itself: bool = False,
) -> str:
    """Return a form that the browser sends by itself, with an id: sent twice it acts once.

    Args:
        is_scripted: the page's script sends it where scripts run, and shows problems at the fields.
        intent: "primary", "neutral" or "danger".
        goes_by_itself: sent as soon as the page is there, where scripts run.
    """
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in {"request_id": str(new_id()), **hidden}.items()
    )
    scripted = ' data-plain-form="true" data-served="plain"' if is_scripted else ""
    scripted += " data-goes-by-itself" if goes_by_itself else ""
    return (
        f'<form class="form" method="post" action="{escape(action)}"{scripted}>{kept}{fields}'
        f'<button class="button button-{intent}" type="submit">{escape(label)}</button></form>'
    )


def text_field(
    name: str,
    label: str,
    *,
    value: str = "",
    autocomplete: str = "off",
    kind: str = "text",
    hint: str = "",
    required: bool = True,
) -> str:
    """Return a field for one line of text.

    Args:
        kind: of the input, such as "email", "number" or "password" for one that exists.
    """
    marked, must = (' class="field-required"', " required") if required else ("", "")
    return (
        f'<div class="field"><label{marked} for="{name}">{escape(label)}</label>'
        f'<input class="input" id="{name}" name="{name}" type="{kind}"{must} maxlength="300"'
        f' value="{escape(value)}" autocomplete="{autocomplete}" aria-describedby="{name}-note">'
        f'<span class="field-hint" id="{name}-note">{escape(hint)}</span></div>'
    )


def password_field(name: str, label: str, *, hint: str) -> str:
    """Return the field of a new password."""
    return (
        f'<div class="field"><label class="field-required" for="{name}">{escape(label)}</label>'
        f'<input class="input" id="{name}" name="{name}" type="password" required'
        f' autocomplete="new-password" spellcheck="false" aria-describedby="{name}-note">'
        f'<span class="field-hint" id="{name}-note">{escape(hint)}</span></div>'
    )


def tick(name: str, label: str, *, note: str) -> str:
    """Return a box to tick; problems of the field `note` are shown beside it."""
    return (
        f'<div class="field"><label class="tick"><input type="checkbox" name="{name}" value="yes"'
        f' required aria-describedby="{note}-note"> {escape(label)}</label>'
        f'<input type="hidden" name="{note}"><span class="field-hint" id="{note}-note"></span></div>'
    )


def choice(name: str, value: str, label: str, *, is_on: bool = False) -> str:
    """Return one of several boxes to tick."""
    checked = " checked" if is_on else ""
    return (
        f'<div class="field"><label class="tick"><input type="checkbox" name="{name}"'
        f' value="{escape(value)}"{checked}> {escape(label)}</label></div>'
    )


def fact(label: str, text: str, *, hint: str) -> str:
    """Return something that is shown like a field and cannot be changed."""
    return (
        f'<div class="field"><span class="field-label">{escape(label)}</span>'
        f'<span class="cell-strong">{escape(text)}</span>'
        f'<span class="field-hint">{escape(hint)}</span></div>'
    )


def code_field(label: str, *, hint: str) -> str:
    """Return the field of a six-digit code."""
    return (
        f'<div class="field"><label class="field-required" for="code">{escape(label)}</label>'
        '<input class="input" id="code" name="code" required inputmode="numeric"'
        ' autocomplete="one-time-code" aria-describedby="code-note">'
        f'<span class="field-hint" id="code-note">{escape(hint)}</span></div>'
    )
