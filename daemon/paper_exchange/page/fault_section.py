"""Faults that are planned and faults that happened."""

from __future__ import annotations

import json
from typing import Final

from daemon.paper_exchange.faults.rules import FaultRule
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.page.markup import ROWS, Html, Piece, button, clock_time, table

HAPPENED: Final = 15
_TOLD_ELSEWHERE: Final = frozenset(
    {"id", "kind", "times", "after", "seed", "from_ms", "until_ms", "seen", "fired", "order_entry"}
)


def draw_faults(host: PaperHost) -> str:
    """Show what is planned, with buttons to remove it, and what happened."""
    rules: list[list[Piece]] = []
    for rule in host.faults.rules[:ROWS]:
        remove = button("Remove", f"/_paper/faults/{rule.fault_id}", method="DELETE")
        rules.append([rule.kind, _words(rule), _left(rule), rule.fired, Html(remove)])
    for name, skew_ms in host.skews_ms.items():
        if skew_ms:
            body = json.dumps({"kind": "clock_skew", "exchange": name, "skew_ms": 0})
            remove = button("Set right", "/_paper/faults", body)
            rules.append(["clock_skew", f"{name} {skew_ms} ms", "until removed", 1, Html(remove)])
    heads = ["Fault", "Whom and how", "Still", "Happened", "Remove"]
    active = table("Planned faults", heads, rules, empty="No fault is planned: all is well.")
    happened: list[list[Piece]] = [
        [
            clock_time(record.wall_ms),
            record.kind,
            record.exchange,
            " ".join(part for part in (record.method, record.path) if part) or "–",
            record.detail or ", ".join(record.client_ids) or "–",
        ]
        for record in list(host.faults.happened)[: -HAPPENED - 1 : -1]
    ]
    heads = ["Wall time", "Fault", "Exchange", "Request", "Detail"]
    record = table("Faults that happened", heads, happened, empty="None has happened.")
    return f"{active}<h3>Happened</h3>{record}"


def _left(rule: FaultRule) -> str:
    if rule.until_ms:
        return f"until {clock_time(rule.until_ms, with_date=False)}"
    return "until removed" if rule.times is None else f"{rule.times} more"


def _words(rule: FaultRule) -> str:
    """Say in short whom a fault meets and how."""
    words: list[str] = []
    for name, value in rule.describe().items():
        if name in _TOLD_ELSEWHERE or value in (None, "", 0, 1.0, False):
            continue
        if name == "rates":
            words += [f"{kind} {given['rate'] * 100:g} %" for kind, given in value.items()]
        else:
            words.append(f"{name.replace('_', ' ')} {value if value is not True else 'yes'}")
    return ", ".join(words) or "every request of both exchanges"
