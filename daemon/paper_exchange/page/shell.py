"""The page as it arrives: everything drawn once, so that it reads without a script too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Final

from daemon.paper_exchange.faults.describing import describe_kinds
from daemon.paper_exchange.page.markup import button

_PARTS: Final = (
    ("prices", "Prices", ""),
    ("accounts", "Accounts", "An account's name leads to its ground truth."),
    ("positions", "Positions", ""),
    ("orders", "Open orders", ""),
    ("fills", "Fills", ""),
    ("streams", "Streams and requests", ""),
)
_QUICK: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    (
        "Lose the next order's answer",
        {"kind": "drop_after", "method": "POST"},
        "The order is accepted and the connection breaks before the answer.",
    ),
    (
        "Lose the next order",
        {"kind": "drop_before", "method": "POST"},
        "The connection breaks before the exchange has seen the order.",
    ),
    ("Time out once", {"kind": "timeout"}, "The next request is worked; its outcome is untold."),
    ("Web page as answer", {"kind": "html"}, "The next answer is a page of the gateway."),
    (
        "Slow for a minute",
        {"kind": "delay", "delay_s": 2, "for_s": 60},
        "Every answer comes two seconds late.",
    ),
    (
        "Ban for a minute",
        {"kind": "address_banned", "for_s": 60},
        "Every request is refused: 418 and 403.",
    ),
    (
        "Maintenance in twelve minutes",
        {"kind": "maintenance", "in_s": 720, "for_s": 300, "announced": True},
        "Bybit announces it; Binance never does. Both close for five minutes.",
    ),
    (
        "Maintenance for a minute",
        {"kind": "maintenance", "for_s": 60},
        "Both exchanges are closed.",
    ),
    ("Break all streams", {"kind": "disconnect"}, "Every socket is cut."),
    (
        "Stall streams for a minute",
        {"kind": "stall", "for_s": 60},
        "Sockets stay open and silent.",
    ),
    (
        "Bad day",
        {
            "kind": "swarm",
            "name": "bad day",
            "seed": 1,
            "rates": {
                "delay": {"rate": 0.05, "delay_s": 1},
                "timeout": 0.02,
                "drop_after": 0.02,
                "event_missing": 0.02,
                "event_duplicate": 0.02,
            },
        },
        "A little of everything at random, until you remove it.",
    ),
    (
        "Bitcoin −5 %",
        {"kind": "price_move", "symbol": "BTCUSDT", "percent": "-5"},
        "On both exchanges, from now on.",
    ),
)


def draw_page(parts: Mapping[str, str]) -> str:
    """Return the whole page."""
    sections = "".join(_section(name, title, note, parts[name]) for name, title, note in _PARTS)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Paper exchange</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_paper/page.css">
<script src="/_paper/page.js" defer></script>
</head>
<body>
<a class="skip" href="#main">To the accounts</a>
<header>
<div><h1>Paper exchange</h1>
<p>Binance USDT-M futures and Bybit linear contracts with play money.
Point any client at <code data-origin>this address</code>;
<a href="/_paper/api">see what is served</a>.</p></div>
<section id="part-clock" aria-label="Market clock" data-part="clock">{parts["clock"]}</section>
</header>
<div id="toast" role="status" aria-live="polite"></div>
<main id="main">
<section class="figures" aria-label="Figures" data-part="figures">{parts["figures"]}</section>
<section class="card" aria-labelledby="title-faults">
<h2 id="title-faults">Faults</h2>
<p class="note">What a real exchange does on a bad day, on demand. Each one that happens is
recorded in the <a href="/_paper/truth?kind=fault">ground truth</a>.</p>
<div class="buttons quick">{_quick_buttons()}</div>
{_fault_form()}
<div data-part="faults">{parts["faults"]}</div>
</section>
{sections}
{_account_form()}
</main>
<footer><p>This machine only. The page refreshes itself; figures are the exchange's own record,
not what clients were told.</p></footer>
</body>
</html>
"""


def _section(name: str, title: str, note: str, content: str) -> str:
    intro = f'<p class="note">{escape(note)}</p>' if note else ""
    return (
        f'<section class="card" aria-labelledby="title-{name}"><h2 id="title-{name}">'
        f'{escape(title)}</h2>{intro}<div data-part="{name}">{content}</div></section>'
    )


def _quick_buttons() -> str:
    drawn = [
        button(label, "/_paper/faults", json.dumps(body), hint=hint) for label, body, hint in _QUICK
    ]
    drawn.append(
        button("Remove all faults", "/_paper/faults", method="DELETE", tone="main", hint="")
    )
    return "".join(drawn)


def _fault_form() -> str:
    groups: dict[str, list[str]] = {}
    for kind in describe_kinds():
        example = escape(json.dumps(kind["parameters"]))
        meaning = escape(kind["meaning"])
        word = escape(kind["kind"])
        groups.setdefault(kind["family"], []).append(
            f'<option value="{word}" data-example="{example}" data-meaning="{meaning}">'
            f"{word.replace('_', ' ')}</option>"
        )
    options = "".join(
        f'<optgroup label="{escape(family)}">{"".join(entries)}</optgroup>'
        for family, entries in groups.items()
    )
    fields = "".join(
        f'<label>{escape(label)}<input name="{name}" type="{kind}" {extra}></label>'
        for label, name, kind, extra in (
            ("API key", "api_key", "text", 'placeholder="any"'),
            ("Path begins with", "path", "text", 'placeholder="any"'),
            ("Client order id", "client_id", "text", 'placeholder="any, or abc*"'),
            ("Contract", "symbol", "text", 'placeholder="any"'),
            ("Times", "times", "number", 'min="1" placeholder="1"'),
            ("Lasts (seconds)", "for_s", "number", 'min="0" step="any" placeholder="–"'),
            ("After (matches)", "after", "number", 'min="0" placeholder="0"'),
            (
                "Probability",
                "probability",
                "number",
                'min="0" max="1" step="any" placeholder="1"',
            ),
        )
    )
    return f"""<details><summary>Plan a fault exactly</summary>
<form data-form="/_paper/faults" class="form">
<label>Kind<select name="kind">{options}</select></label>
<label>Exchange<select name="exchange"><option value="">both</option><option>binance</option>
<option>bybit</option></select></label>
{fields}
<label class="wide">Parameters of the kind (JSON)<textarea name="parameters" rows="2"
spellcheck="false">{{}}</textarea></label>
<p class="wide note" data-meaning></p>
<button class="main" type="submit">Plan this fault</button>
</form></details>"""


def _account_form() -> str:
    return """<section class="card" aria-labelledby="title-open"><h2 id="title-open">Open an
account</h2><form data-form="/_paper/accounts" class="form">
<label>Exchange<select name="exchange"><option>binance</option><option>bybit</option></select>
</label>
<label>Label<input name="label" placeholder="for people"></label>
<label>API key<input name="api_key" required autocomplete="off"></label>
<label>API secret<input name="api_secret" required autocomplete="off"></label>
<label>Balance (USDT)<input name="balance" inputmode="decimal" value="10000"></label>
<button class="main" type="submit">Open</button></form></section>"""
