"""The lines of the API keys page."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from patriot_app.core.queries.sign_ins import KeyOfPerson
from patriot_app.web.console.program_keys.rows import key_row

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lasts", "revoked_at", "state"),
    [
        (timedelta(days=1), None, "good"),
        (timedelta(0), None, "expired"),
        (timedelta(days=1), NOW, "revoked"),
    ],
)
def test_a_key_says_whether_it_opens_anything(
    lasts: timedelta, revoked_at: datetime | None, state: str
) -> None:
    row = key_row(
        KeyOfPerson(
            id=UUID(int=1),
            person="Cleo",
            name="Bot",
            prefix="pak_live_0123456789ab",
            scopes=["accounts:read"],
            addresses="",
            per_minute=60,
            created_at=NOW,
            expires_at=NOW + lasts,
            last_used_at=None,
            last_used_ip="",
            revoked_at=revoked_at,
        ),
        now=NOW,
    )
    assert row.state == state
    assert row.rights == "Read accounts and their balances"
    assert row.limits == "60 a minute, from everywhere"
