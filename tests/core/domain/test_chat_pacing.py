from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.chat_pacing import SILENCE_S_MAX, ChatPace

STEPS = st.lists(
    st.tuples(st.floats(0, 0.7, allow_nan=False), st.integers(-2, 6)), min_size=1, max_size=200
)


@given(steps=STEPS)
def test_telegrams_limits_are_never_passed(steps: list[tuple[float, int]]) -> None:
    pace, now, said = ChatPace(), 0.0, []
    for pause, chat in steps:
        now += pause
        if pace.room(now) and chat not in pace.resting(now):
            pace.note(chat, now)
            said.append((now, chat))
    for at, chat in said:
        assert sum(1 for other, _ in said if at - 1.0 < other <= at) <= 30
        same = [other for other, where in said if where == chat]
        span = 1.0 if chat >= 0 else 3.0
        assert sum(1 for other in same if at - span < other <= at) == 1


def test_silence_is_kept_for_as_long_as_was_asked_and_no_longer() -> None:
    pace = ChatPace()
    pace.hush(7.0, now=10.0)
    pace.hush(2.0, now=10.0)
    assert pace.silent_for(10.0) == 7.0
    assert pace.room(16.9) == 0
    assert pace.room(17.0) > 0
    pace.hush(10 * SILENCE_S_MAX, now=20.0)
    assert pace.silent_for(20.0) == SILENCE_S_MAX
