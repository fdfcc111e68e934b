"""Everything that is served, read from the tables that serve it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Final

from aiohttp import web

from daemon.paper_exchange.binance.call import Endpoint, Weight
from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.ws_methods import METHODS
from daemon.paper_exchange.bybit.rest import BybitRest
from daemon.paper_exchange.control.routes import ControlRoute
from daemon.paper_exchange.faults.describing import describe_kinds
from daemon.paper_exchange.page.markup import Html, Piece, pill, table

_VARIES: Final = "varies"
_ACCESS: Final = {
    "NONE": "public",
    "KEY": "API key",
    "READ": "signed, reads",
    "TRADE": "signed, trades",
}


@dataclass(frozen=True, slots=True)
class Served:
    """One thing that clients can call.

    Attributes:
        access: what it asks of the caller.
        weight: what it counts towards the request limit; "varies" with its parameters.
    """

    exchange: str
    method: str
    path: str
    access: str
    weight: str
    summary: str


def list_served(
    app: web.Application, bybit: BybitRest, control: Iterable[ControlRoute]
) -> list[Served]:
    """List the endpoints of both dialects, their sockets and the control."""
    return [
        *(_binance(endpoint) for endpoint in ENDPOINTS),
        *(_binance_message(name, endpoint) for name, endpoint in METHODS.items()),
        *(
            Served("bybit", method, path, access, "1", summary_of(answer) or _named(path))
            for method, path, access, answer in bybit.catalogue()
        ),
        *_sockets(app),
        *(
            Served("control", route.method, route.path, "this machine", "", summary_of(route.work))
            for route in control
        ),
    ]


def describe_served(served: Iterable[Served]) -> dict[str, Any]:
    """Return the listing for programs."""
    return {
        "title": "Paper exchange",
        "served": [asdict(entry) for entry in served],
        "faults": describe_kinds(),
    }


def draw_served(served: Iterable[Served]) -> str:
    """Return the listing for people."""
    by_exchange: dict[str, list[list[Piece]]] = {}
    for entry in served:
        by_exchange.setdefault(entry.exchange, []).append(
            [
                pill(entry.method),
                Html(f"<code>{escape(entry.path)}</code>"),
                entry.access,
                entry.weight or "–",
                entry.summary,
            ]
        )
    heads = ["Method", "Path", "Access", "Weight", "What it does"]
    parts = "".join(
        f'<section class="card"><h2>{escape(name.title())} ({len(rows)})</h2>'
        f"{table(name, heads, rows, empty='Nothing.')}</section>"
        for name, rows in by_exchange.items()
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Paper exchange: what is served</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/_paper/page.css"></head>
<body><header><div><h1>What is served</h1><p>Read from the routing tables themselves.
As JSON: <a href="/_paper/api?format=json">/_paper/api?format=json</a>.
Back to <a href="/">the exchange</a>.</p></div></header>
<main>{parts}{_draw_faults()}</main></body></html>
"""


def summary_of(answer: Callable[..., Any]) -> str:
    """Return the first line of what a function says about itself."""
    function = getattr(answer, "func", answer)
    return (function.__doc__ or "").strip().partition("\n")[0]


def _named(path: str) -> str:
    """Say what a path is for by its own last word."""
    return f"Return {path.rpartition('/')[2].replace('-', ' ')}."


def _draw_faults() -> str:
    rows: list[list[Piece]] = [
        [
            Html(f"<code>{escape(kind['kind'])}</code>"),
            kind["family"],
            ", ".join(kind["exchanges"]),
            ", ".join(kind["parameters"]) or "–",
            kind["meaning"],
        ]
        for kind in describe_kinds()
    ]
    heads = ["Kind", "Family", "Exchanges", "Parameters", "Meaning"]
    shown = table("Faults", heads, rows, empty="None.")
    return f'<section class="card"><h2>Faults ({len(rows)})</h2>{shown}</section>'


def _binance(endpoint: Endpoint) -> Served:
    return Served(
        "binance",
        endpoint.method,
        endpoint.path,
        _ACCESS[endpoint.security.name],
        _weight(endpoint.weight),
        summary_of(endpoint.handler),
    )


def _binance_message(name: str, endpoint: Endpoint) -> Served:
    return Served(
        "binance",
        "WS",
        f"/ws-fapi/v1 {name}",
        _ACCESS[endpoint.security.name],
        _weight(endpoint.weight),
        summary_of(endpoint.handler),
    )


def _weight(weight: Weight) -> str:
    return str(weight) if isinstance(weight, int) else _VARIES


def _sockets(app: web.Application) -> Iterator[Served]:
    seen: set[str] = set()
    for resource in app.router.resources():
        path = resource.canonical
        is_socket = "/ws" in path or path.endswith(("/stream", "/linear", "/private", "/trade"))
        if not is_socket or path in seen:
            continue
        seen.add(path)
        exchange = "bybit" if path.startswith("/v5") else "binance"
        summary = "WebSocket for requests" if path.endswith(("v1", "/trade")) else "Streams"
        yield Served(exchange, "GET", path, "WebSocket", "", summary)
