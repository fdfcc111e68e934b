"""The desk's notes in a client's drawer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.queries.client_notes import NoteView
from patriot_app.core.services.client_notes import NOTE_LENGTH_MAX
from patriot_app.web import format
from patriot_app.web.kit import Field, TimelineEntry, button, form_dialog, layout, timeline


class NoteForm(pydantic.BaseModel):
    """A note as it is written."""

    text: str = pydantic.Field(min_length=1, max_length=NOTE_LENGTH_MAX)


def note_entries(notes: Sequence[NoteView], *, now: datetime) -> list[TimelineEntry]:
    """Show the notes, newest first."""
    return [
        TimelineEntry(
            id=str(note.id),
            title=note.text,
            detail=note.author,
            at=format.moment(note.created_at, now=now),
        )
        for note in notes
    ]


def notes_section(state: Any) -> rx.Component:
    """Return the notes with the way to add one."""
    return layout(
        "stack-small",
        layout(
            "cluster",
            button(
                "Add a note",
                icon="notebook-pen",
                on_click=state.open_form("note"),
                disabled_reason=state.blocked,
            ),
        ),
        timeline(state.notes),
    )


def note_dialog(state: Any) -> rx.Component:
    """Return the form for a note."""
    return form_dialog(
        open=state.form == "note",
        on_close=state.dismiss,
        title="Add a note",
        hint="The desk alone reads it. It cannot be changed later.",
        fields=[Field("text", "Note", "textarea", required=True)],
        on_submit=state.add_note,
        errors=state.errors,
        submit_label="Add note",
    )
