"""A program's budget: spent by requests, refilled evenly, told in every answer."""

from patriot_app.api.v1.limits import RateLimits
from patriot_app.core.clock import FrozenClock


def test_a_budget_is_spent_and_refilled_evenly(clock: FrozenClock) -> None:
    limits = RateLimits(clock=clock)
    spent = [limits.spend("key:1", per_minute=3) for _ in range(4)]
    assert [one.remaining for one in spent] == [2, 1, 0, 0]
    assert [one.wait_s for one in spent] == [0, 0, 0, 20]
    assert spent[3].headers == {
        "ratelimit-limit": "3",
        "ratelimit-remaining": "0",
        "ratelimit-reset": "60",
        "retry-after": "20",
    }
    clock.advance(20)
    assert limits.spend("key:1", per_minute=3).wait_s == 0
    assert limits.spend("key:1", per_minute=3).wait_s == 20


def test_programs_do_not_share_a_budget(clock: FrozenClock) -> None:
    limits = RateLimits(clock=clock)
    assert limits.spend("key:1", per_minute=1).wait_s == 0
    assert limits.spend("key:2", per_minute=1).wait_s == 0
    assert limits.spend("key:1", per_minute=1).wait_s > 0
