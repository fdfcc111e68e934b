"""A strategy that raises, hangs, leaks, dies or babbles hurts itself alone."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from daemon.strategies.isolation import StrategyBroke, StrategyNotAsked, StrategyProcesses
from daemon.strategies.questions import Question
from patriot_app.core.strategies.ema_cross import EMA_CROSS
from tests.factories.strategies import make_input
from tests.waiting import until

BROKEN = "tests.daemon.strategies.broken:CATALOGUE"
SETTINGS = {"fast_period": "3", "slow_period": "6", "rsi_upper": "100", "rsi_lower": "0"}
SETTINGS |= {"rsi_period": "5", "atr_period": "5"}
NEEDED = EMA_CROSS.bars_needed(EMA_CROSS.read(SETTINGS))
UP = [*(200 - n for n in range(NEEDED)), 200 - NEEDED + 9]


@asynccontextmanager
async def processes(**limits: float) -> AsyncIterator[StrategyProcesses]:
    made = StrategyProcesses(catalogue=BROKEN, **limits)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


def question(kind: str) -> Question:
    return Question(kind, SETTINGS, make_input(UP))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_sound_strategy_decides_as_it_would_here() -> None:
    expected = EMA_CROSS.decide(make_input(UP), EMA_CROSS.read(SETTINGS))
    assert expected is not None
    async with processes() as made:
        deployment = uuid4()
        assert await made.decide(deployment, question("ema_cross")) == expected
        pid = made.pids[deployment]
        assert await made.decide(deployment, question("ema_cross")) == expected
        assert made.pids[deployment] == pid


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("raise", "RuntimeError: the series is empty"),
        ("leak", "more memory than a strategy may have"),
        ("die", "Its process ended (exit code 3)"),
        ("babble", "Its answer makes no sense"),
        ("unheard_of", "KeyError"),
    ],
)
async def test_what_a_strategy_did_wrong_is_told(kind: str, said: str) -> None:
    async with processes(decide_s_max=60.0) as made:
        deployment = uuid4()
        with pytest.raises(StrategyBroke) as caught:
            await made.decide(deployment, question(kind))
        assert said in str(caught.value)
        assert deployment not in made.pids
        # The next question meets a fresh process.
        assert await made.decide(deployment, question("ema_cross")) is not None


async def test_an_endless_loop_is_killed_and_delays_nobody() -> None:
    async with processes(decide_s_max=2.0) as made:
        endless, sound = uuid4(), uuid4()
        hanging = asyncio.create_task(made.decide(endless, question("hang")))
        await until(lambda: endless in made.pids)
        pid = made.pids[endless]
        while not hanging.done():
            # The loop of the daemon turns, and another strategy answers meanwhile.
            assert await made.decide(sound, question("ema_cross")) is not None
        with pytest.raises(StrategyBroke, match="did not decide within 2 s"):
            await hanging
        assert not is_alive(pid)
        assert sound in made.pids


async def test_its_process_knows_neither_our_environment_nor_our_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATRIOT_DATABASE_URL", "postgresql://somewhere")
    async with processes(decide_s_max=60.0) as made:
        with pytest.raises(StrategyBroke) as caught:
            await made.decide(uuid4(), question("spy"))
    assert "PATH" in str(caught.value)
    assert "PATRIOT" not in str(caught.value)


async def test_who_no_longer_runs_keeps_no_process() -> None:
    async with processes() as made:
        gone, kept = uuid4(), uuid4()
        for deployment in (gone, kept):
            await made.decide(deployment, question("ema_cross"))
        pid = made.pids[gone]
        await made.keep_only({kept})
        assert set(made.pids) == {kept}
        assert not is_alive(pid)


async def test_a_question_that_is_given_up_leaves_no_late_answer() -> None:
    async with processes(decide_s_max=60.0) as made:
        deployment = uuid4()
        hanging = asyncio.create_task(made.decide(deployment, question("hang")))
        await until(lambda: deployment in made.pids)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert await made.decide(deployment, question("ema_cross")) is not None


async def test_a_process_that_does_not_start_is_not_held_against_the_strategy() -> None:
    made = StrategyProcesses(catalogue="tests.daemon.strategies.broken:NOTHING")
    with pytest.raises(StrategyNotAsked):
        await made.decide(uuid4(), question("ema_cross"))
    assert made.pids == {}
