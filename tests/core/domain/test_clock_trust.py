"""Nothing is signed by a time that nobody can vouch for."""

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.clock_trust import READINGS_NEEDED, ClockTrust

WALL = 1_700_000_000.0


def read(trust: ClockTrust, at: float, *, ahead: float = 0.0, stepped: float = 0.0) -> None:
    """Read an exchange's clock that is `ahead` of ours, which stepped by `stepped`."""
    trust.note_reading(server_s=WALL + at + ahead, wall_s=WALL + at + stepped, monotonic_s=at)


def test_clocks_that_agree_are_believed() -> None:
    trust = ClockTrust()
    for at in range(5):
        read(trust, at, ahead=0.4)
    assert trust.is_trusted


def test_a_first_difference_of_more_than_a_second_needs_three_readings() -> None:
    trust = ClockTrust()
    read(trust, 0, ahead=5.0)
    assert "+5.0 s" in trust.doubt
    for at in range(1, READINGS_NEEDED):
        assert not trust.is_trusted
        read(trust, at, ahead=5.0)
    assert trust.is_trusted


def test_a_step_of_our_own_clock_raises_doubt_until_three_readings_agree() -> None:
    trust = ClockTrust()
    trust.note_wall(wall_s=WALL, monotonic_s=0.0)
    read(trust, 0)
    trust.note_wall(wall_s=WALL + 3_600 + 1, monotonic_s=1.0)
    assert "our clock stepped by +3600.0 s" in trust.doubt
    for at in (2, 3, 4):
        assert not trust.is_trusted
        read(trust, at, stepped=3_600)
    assert trust.is_trusted
    trust.note_wall(wall_s=WALL + 3_605, monotonic_s=5.0)
    assert trust.is_trusted


def test_a_step_of_their_clock_raises_doubt() -> None:
    trust = ClockTrust()
    read(trust, 0)
    read(trust, 1, ahead=-2.0)
    assert "its time stepped by -2.0 s" in trust.doubt


def test_readings_that_differ_begin_the_count_anew() -> None:
    trust = ClockTrust()
    read(trust, 0, ahead=5.0)
    for at, ahead in enumerate((5.7, 5.0, 5.7, 5.0), start=1):
        read(trust, at, ahead=ahead)
        assert not trust.is_trusted


@given(jitter=st.lists(st.floats(min_value=-0.2, max_value=0.2), min_size=1, max_size=30))
def test_the_jitter_of_a_network_raises_no_doubt(jitter: list[float]) -> None:
    trust = ClockTrust()
    for at, error in enumerate(jitter):
        trust.note_wall(wall_s=WALL + at, monotonic_s=at)
        read(trust, at, ahead=error)
    assert trust.is_trusted
