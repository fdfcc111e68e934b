"""Pages of plain HTML, for what must not pass through Reflex even on its way to the screen."""

from html import escape

from fastapi.responses import HTMLResponse

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
<p class="gate-foot"><a href="{back}">Back to the desk</a></p>
</div></main>
</body>
</html>"""


def page(title: str, *, hint: str, body: str, back: str, status: int = 200) -> HTMLResponse:
    """Return a page outside the frame that nobody keeps.

    Args:
        body: HTML made of the functions of this module.
    """
    text = _PAGE.format(title=escape(title), hint=escape(hint), body=body, back=escape(back))
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


def text_link(label: str, to: str) -> str:
    """Return a link that looks like a button."""
    return f'<a class="button button-neutral" href="{escape(to)}">{escape(label)}</a>'


def form(action: str, *, hidden: dict[str, str], label: str, fields: str = "") -> str:
    """Return a form that the browser sends by itself."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    return (
        f'<form class="form" method="post" action="{escape(action)}">{kept}{fields}'
        f'<button class="button button-primary" type="submit">{escape(label)}</button></form>'
    )


def code_field(label: str, *, hint: str) -> str:
    """Return the field of a six-digit code."""
    return (
        f'<div class="field"><label class="field-required" for="code">{escape(label)}</label>'
        '<input class="input" id="code" name="code" required inputmode="numeric"'
        ' autocomplete="one-time-code" aria-describedby="code-note">'
        f'<span class="field-hint" id="code-note">{escape(hint)}</span></div>'
    )
