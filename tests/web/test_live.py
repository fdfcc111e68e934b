import asyncio
from datetime import UTC, datetime

from patriot_app.core.clock import FrozenClock
from patriot_app.web.live import FRAME_CALM_S, PERIOD_S, Hub


def hub() -> tuple[Hub, FrozenClock]:
    clock = FrozenClock(datetime(2026, 5, 4, tzinfo=UTC))
    return Hub(clock=clock), clock


def test_a_tab_is_refreshed_when_one_of_its_topics_is_touched() -> None:
    pages, clock = hub()
    pages.subscribe("a", frozenset({"orders"}), "orders.load")
    pages.subscribe("b", frozenset({"fees"}), "fees.load")
    clock.advance(PERIOD_S)
    pages.touch(frozenset({"orders", "positions"}))
    assert pages.due() == [("a", "orders.load")]
    assert pages.due() == []


def test_many_touches_are_one_refresh_a_period() -> None:
    pages, clock = hub()
    pages.subscribe("a", frozenset({"orders"}), "orders.load")
    refreshes = 0
    for _ in range(100):
        clock.advance(0.01)
        pages.touch(frozenset({"orders"}))
        refreshes += len(pages.due())
    assert refreshes == 4


def test_a_lost_connection_counts_as_a_change_of_everything() -> None:
    pages, clock = hub()
    pages.subscribe("a", frozenset({"orders"}), "orders.load")
    clock.advance(PERIOD_S)
    pages.touch(frozenset())
    assert len(pages.due()) == 1


async def test_a_hundred_tabs_share_one_query_until_its_topic_is_touched() -> None:
    pages, _ = hub()
    calls = 0

    async def query() -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        return calls

    async def ask() -> int:
        return await pages.get("key", frozenset({"orders"}), query)

    assert await asyncio.gather(*[ask() for _ in range(100)]) == [1] * 100
    pages.touch(frozenset({"fees"}))
    assert await ask() == 1
    pages.touch(frozenset({"orders"}))
    assert await ask() == 2
    pages.forget(frozenset({"fees"}))
    assert await ask() == 2
    pages.forget(frozenset({"orders"}))
    assert await ask() == 3


async def test_a_failed_query_is_not_remembered() -> None:
    pages, _ = hub()
    outcomes = iter([ValueError("no"), 7])

    async def query() -> int:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    first = await asyncio.gather(pages.get("key", frozenset(), query), return_exceptions=True)
    assert isinstance(first[0], ValueError)
    assert await pages.get("key", frozenset(), query) == 7


def test_a_halt_refreshes_the_frame_of_every_page_at_once() -> None:
    pages, _ = hub()
    pages.frame_event = "frame"
    pages.subscribe("tab", frozenset({"orders"}), "load")
    pages.touch(frozenset({"halts"}))
    assert pages.due() == [("tab", "frame")]
    assert pages.due() == []


def test_a_heartbeat_refreshes_the_frame_calmly() -> None:
    pages, clock = hub()
    pages.frame_event = "frame"
    pages.subscribe("tab", frozenset({"orders"}), "load")
    for _ in range(3):
        pages.touch(frozenset({"heartbeats"}))
        clock.advance(FRAME_CALM_S / 3)
    assert pages.due() == [("tab", "frame")]
