from patriot_app.core.domain.breach_acts import ACTS, SCOPE_OF_REACH
from patriot_app.core.domain.halts import HaltLevel, needs_two_people
from patriot_app.core.domain.risk_limits import BreachReach, Response


def test_every_response_and_every_reach_is_told() -> None:
    assert set(ACTS) == set(Response)
    assert set(SCOPE_OF_REACH) == set(BreachReach)


def test_only_what_one_person_may_lift_ends_by_itself() -> None:
    for act in ACTS.values():
        assert not act.ends_itself or (act.level is not None and not needs_two_people(act.level))


def test_a_part_is_closed_only_where_positions_would_else_stay() -> None:
    parts = [act for act in ACTS.values() if act.keep is not None]
    assert [act.level for act in parts] == [HaltLevel.CANCEL_ENTRIES]
    assert all(0 < act.keep < 1 for act in parts if act.keep is not None)
