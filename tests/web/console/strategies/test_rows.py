"""Versions in words."""

from datetime import timedelta
from uuid import UUID

from patriot_app.core.queries.strategies import VersionView
from patriot_app.web.console.strategies.rows import (
    DeploymentRow,
    parameter_rows,
    stop_text,
    version_rows,
)
from tests.web.console.read_models import NOW


def version(number: int, **parameters: str) -> VersionView:
    return VersionView(
        id=UUID(int=number),
        number=number,
        parameters=parameters,
        note="",
        created_by="Ada",
        created_at=NOW - timedelta(days=number),
        running=0,
    )


def test_a_version_says_what_it_changed() -> None:
    known = (
        version(2, leverage="3", interval_minutes="15"),
        version(1, leverage="5", interval_minutes="15"),
    )
    newest, first = version_rows(known, now=NOW)
    assert newest.changes == "leverage: 5 → 3"
    assert first.changes == "First version"


def test_settings_stand_in_the_order_of_their_specification() -> None:
    rows = parameter_rows("ema_cross", {"slow_period": "60", "allow_short": "false"})
    assert [row.label for row in rows][:2] == ["Fast average", "Slow average"]
    assert rows[1].value == "60"
    assert rows[0].value == "12"


def test_stopping_says_what_becomes_of_the_positions() -> None:
    row = DeploymentRow(name="Trend", accounts="100", positions="14")
    assert "Closes its 14 open positions" in stop_text(row, closes=True)
    assert "stay under their stops" in stop_text(row, closes=False)
