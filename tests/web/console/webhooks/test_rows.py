"""The lines of the webhooks page."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from patriot_app.core.queries.webhooks import WebhookView
from patriot_app.web.console.webhooks.rows import STATES, webhook_row

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "failing_since", "state", "may_resume"),
    [
        ("active", None, "active", ""),
        ("active", NOW, "failing", ""),
        ("paused", NOW, "paused", "yes"),
        ("off", NOW, "off", "yes"),
    ],
)
def test_a_webhook_says_whether_it_is_taken_and_what_can_be_done(
    status: str, failing_since: datetime | None, state: str, may_resume: str
) -> None:
    row = webhook_row(
        WebhookView(
            id=UUID(int=1),
            name="Ours",
            url="https://hooks.firm.example/",
            kinds="risk keys",
            status=status,
            last_at=None,
            last_result="",
            is_last_taken=False,
            failing_since=failing_since,
            secret_at=NOW,
            created_at=NOW,
            waiting=2,
            given_up=0,
        ),
        now=NOW,
    )
    assert (row.state, row.may_resume) == (state, may_resume)
    assert row.state in STATES
    assert row.kinds == "Risk, API keys"
    assert row.result == "Not called yet"
