"""The steps of an order's life, for timelines."""

from datetime import datetime

from patriot_app.core.queries.order_steps import Step
from patriot_app.web import format
from patriot_app.web.kit import TimelineEntry

TONES = {"info": "neutral", "notice": "info", "warning": "warning", "critical": "danger"}
STEP_TONES = {"Filled": "positive", "Sent": "info", "Answered": "info"}


def step_entry(number: int, step: Step, *, now: datetime) -> TimelineEntry:
    """Show one step of an order's life."""
    who = f" · {step.actor}" if step.actor else ""
    return TimelineEntry(
        id=str(number),
        title=step.title,
        detail=f"{step.text}{who}".strip(" ·"),
        tone=STEP_TONES.get(step.title, TONES.get(step.severity, "neutral")),
        at=format.moment(step.at, now=now),
    )
