"""A fan-out's wait for the limits of its addresses is foreseen."""

import pytest

from patriot_app.core.domain.rate_budgets import Egress, fan_out_s, read_all_s


def make_egress(**changes: float) -> Egress:
    values: dict[str, float] = {
        "accounts": 100,
        "order_weight": 1.0,
        "room": 360.0,
        "window_s": 5.0,
        "used": 0.0,
        "silent_s": 0.0,
    }
    return Egress(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 0.0),
        ({"silent_s": 12.0}, 12.0),
        ({"accounts": 1_000}, 10.0),
        ({"accounts": 1_000, "silent_s": 3.0}, 13.0),
        ({"used": 300.0}, 5.0),
        ({"used": 9_999.0}, 5.0),
        ({"order_weight": 0.0, "accounts": 10_000, "used": 9_999.0}, 0.0),
    ],
)
def test_the_last_entry_leaves_when_everything_fits(
    changes: dict[str, float], seconds: float
) -> None:
    assert fan_out_s(make_egress(**changes)) == seconds


@pytest.mark.parametrize(
    ("accounts", "seconds"), [(0, 0), (1, 0), (18, 0), (19, 60), (36, 60), (37, 120)]
)
def test_what_cannot_be_read_at_once_goes_with_the_next_windows(
    accounts: int, seconds: float
) -> None:
    assert read_all_s(accounts=accounts, at_once=18, window_s=60) == seconds
