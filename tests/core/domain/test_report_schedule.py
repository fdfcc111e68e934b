"""Which week or month a report is about."""

from datetime import date

import pytest

from patriot_app.core.domain.report_schedule import (
    Cadence,
    ReportPeriod,
    last_finished,
    period_name,
)


@pytest.mark.parametrize(
    ("today", "cadence", "first", "until", "name"),
    [
        ((2026, 3, 1), Cadence.MONTHLY, (2026, 2, 1), (2026, 3, 1), "February 2026"),
        ((2026, 1, 31), Cadence.MONTHLY, (2025, 12, 1), (2026, 1, 1), "December 2025"),
        ((2026, 5, 4), Cadence.WEEKLY, (2026, 4, 27), (2026, 5, 4), "2026-04-27 to 2026-05-03"),
        ((2026, 5, 10), Cadence.WEEKLY, (2026, 4, 27), (2026, 5, 4), "2026-04-27 to 2026-05-03"),
    ],
)
def test_the_newest_period_that_is_over_is_reported(
    today: tuple[int, int, int],
    cadence: Cadence,
    first: tuple[int, int, int],
    until: tuple[int, int, int],
    name: str,
) -> None:
    period = last_finished(date(*today), cadence=cadence)
    assert period == ReportPeriod(date(*first), date(*until))
    assert period_name(period) == name
