"""The lines of the maintenance windows say how far each is and who told of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.maintenance import Window, WindowSource, WindowState
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.maintenance import ListedWindow
from patriot_app.web.console.limits.window_rows import end_text, plan_text, window_row
from patriot_app.web.shell.state import maintenance_texts

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def listed(*, entered_by: str = "Ada", ended_by: str = "", **overrides: object) -> ListedWindow:
    values: dict[str, object] = {
        "id": UUID(int=1),
        "exchange": Exchange.BYBIT,
        "mode": None,
        "source": WindowSource.OPERATOR,
        "starts_at": NOON,
        "ends_at": NOON + 30 * MINUTE,
        "no_entries_from": NOON - 10 * MINUTE,
        "reason": "Status page",
        "state": WindowState.PLANNED,
    }
    window = Window(**{**values, **overrides})  # type: ignore[arg-type]
    return ListedWindow(window, None, entered_by, ended_by)


@pytest.mark.parametrize(
    ("window", "at", "state"),
    [
        (listed(), NOON - 20 * MINUTE, "planned"),
        (listed(), NOON - 5 * MINUTE, "closing"),
        (listed(), NOON + MINUTE, "running"),
        (listed(state=WindowState.RUNNING, overran_at=NOON), NOON + 40 * MINUTE, "overrun"),
        (listed(state=WindowState.OVER), NOON + 40 * MINUTE, "over"),
        (listed(state=WindowState.WITHDRAWN), NOON + 40 * MINUTE, "withdrawn"),
    ],
)
def test_a_window_shows_how_far_it_is(window: ListedWindow, at: datetime, state: str) -> None:
    assert window_row(window, now=at).state == state


def test_a_window_of_an_operator_can_be_moved_and_ended() -> None:
    row = window_row(listed(), now=NOON)
    assert (row.span, row.told_by) == ("2026-03-02 12:00 – 12:30 UTC", "Ada")
    assert row.can_move
    assert row.can_end


def test_a_window_of_an_exchange_can_only_be_ended() -> None:
    told = listed(source=WindowSource.EXCHANGE, entered_by="", ends_at=None, is_expected=False)
    row = window_row(told, now=NOON)
    assert (row.can_move, row.can_end) == (False, True)
    assert row.told_by == "The exchange, unannounced"
    assert row.span == "2026-03-02 12:00 – not known UTC"


def test_what_is_over_offers_nothing() -> None:
    row = window_row(listed(state=WindowState.OVER, ended_by="Bob"), now=NOON)
    assert (row.can_move, row.can_end) == (False, False)
    assert row.told_by == "Ada; ended by Bob"


def test_the_questions_count_what_they_touch() -> None:
    effect = HaltEffect(3, 1, 2, 1, Decimal(100))
    asked = plan_text(effect, exchange="Bybit", starts_at=NOON, lead_s=600, exit_s=300)
    assert "from 10 minutes before 12:00 UTC" in asked
    assert "3 accounts, 1 open position, 2 resting entries" in asked
    assert "called off" in end_text(window_row(listed(), now=NOON - 20 * MINUTE))
    assert "read afresh" in end_text(window_row(listed(), now=NOON + MINUTE))


def test_the_banner_tells_of_what_begins_within_the_hour_once() -> None:
    windows = (listed().window, listed(id=UUID(int=2)).window)
    assert maintenance_texts(windows, now=NOON - 61 * MINUTE) == []
    (told,) = maintenance_texts(windows, now=NOON - 59 * MINUTE)
    assert told.startswith("Bybit maintenance 12:00–12:30 UTC")
