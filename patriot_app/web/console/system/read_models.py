"""The read models that come from the record: how far they are."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import reflex as rx

from patriot_app.core.queries.projections import ProjectionView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import (
    Column,
    amount_cell,
    card,
    data_table,
    empty_state,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "running": ("positive", "Up to date"),
    "rebuilding": ("info", "Being made"),
    "failed": ("danger", "Stopped"),
}


@dataclass(frozen=True, slots=True)
class ReadModelRow:
    """One read model."""

    id: str
    error: str
    state: str
    events: str
    behind: str
    at: Moment = field(default_factory=Moment)


def read_model_row(view: ProjectionView, *, now: datetime) -> ReadModelRow:
    """Show how far a read model is."""
    return ReadModelRow(
        id=view.name,
        error=view.error or f"version {view.version}",
        state=view.state.value,
        events=format.count(view.events),
        behind=format.count(max(0, view.behind)),
        at=format.moment(view.advanced_at, now=now),
    )


COLUMNS = [
    Column("Read model", lambda row: two_lines(row.id, row.error), phone="title"),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("Events taken in", lambda row: amount_cell(row.events), align="end"),
    Column("Behind", lambda row: amount_cell(row.behind), align="end"),
    Column("Last", lambda row: time_cell(row.at), align="end"),
]


def read_models(rows: Any, *, loading: Any) -> rx.Component:
    """Return the card of them."""
    return card(
        data_table(
            label="Read models",
            columns=COLUMNS,
            rows=rows,
            loading=loading,
            empty=empty_state(title="Nothing has been derived yet"),
            test_id="read-models-table",
        ),
        title="Derived from the record",
        hint="`patriot replay --rebuild all` makes them anew from the events and compares.",
        flush=True,
    )
