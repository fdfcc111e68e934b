"""The accounts behind a halt, all text."""

from dataclasses import dataclass
from datetime import datetime

from patriot_app.core.queries.clearing import ClearingView
from patriot_app.web import format
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "waiting": ("neutral", "Waiting"),
    "running": ("info", "Working"),
    "done": ("positive", "Done"),
    "failed": ("danger", "Failed"),
}


@dataclass(frozen=True, slots=True)
class ClearingRow:
    """One account behind a halt."""

    id: str
    account: str
    client: str
    exchange: str
    state: str
    notional: Figure
    outcome: str
    tries: str
    finished: Moment


def clearing_row(one: ClearingView, *, now: datetime) -> ClearingRow:
    """Show how far an account is."""
    return ClearingRow(
        id=str(one.account_id),
        account=one.account,
        client=one.client,
        exchange=one.exchange.capitalize(),
        state=one.state,
        notional=format.money(one.notional, places=0),
        outcome=one.error or one.result or format.EMPTY,
        tries=format.count(one.tries),
        finished=format.moment(one.finished_at, now=now),
    )
