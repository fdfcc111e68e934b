"""How fast a change reaches many open pages: `python -m bench.open_pages [SESSIONS]`.

Opens the event log in so many browser tabs of so many sessions, touches its topic, and measures
the time until each tab has heard the change, and the answer time of a table query under that load.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.events import SignedOut
from patriot_app.core.domain.permissions import STAFF_ROLES, Actor
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import begin
from tests.database import database, running_server
from tests.factories.keys import make_keys
from tests.web.site import Browser, Site, cookie_of, running_site

PASSWORD = "correct horse battery staple"
ROUNDS = 10
PREFIX = "reflex___state____state.patriot_app___web___"
LOAD = f"{PREFIX}console___activity___state____activity_state.load"
ARRIVE = f"{PREFIX}shell___state____shell_state.arrive"
DESK = Actor(user_id=None, name="bench", roles=STAFF_ROLES, surface="console")


async def measure(site: Site, sessions: int) -> None:
    """Open the tabs and print the figures."""
    form = {"email": "ada@example.com", "password": PASSWORD}
    first = {"name": "Ada", **form, "password_again": PASSWORD}
    cookies = [cookie_of(site.post("/api/first-run", first))]
    cookies += [site.sign_in(form["email"], PASSWORD) for _ in range(sessions - 1)]
    browsers = [Browser(site, cookie=cookie) for cookie in cookies]
    for browser in browsers:
        await browser.__aenter__()
        await browser.answer(ARRIVE, {"route": "/activity"})
        await browser.answer(LOAD)
    delays, answers = [], []
    for number in range(ROUNDS):
        delays += await heard(browsers)
        started = time.monotonic()
        await browsers[number % sessions].answer(LOAD)
        answers.append(time.monotonic() - started)
        await asyncio.sleep(0.5)
    for browser in browsers:
        await browser.__aexit__()
    print(f"{sessions} sessions, {ROUNDS} changes: {figures(delays)} until a tab has it")
    print(f"table query and answer: {figures(answers)}")


async def heard(browsers: list[Browser]) -> list[float]:
    """Record one event and return how long each tab took to hear of it."""
    starts = [len(browser.frames) for browser in browsers]
    async with begin(DESK) as uow:
        event_id = uow.record(SignedOut(client_id=new_id()))
        uow.touch("commands")
    started = time.monotonic()
    delays: dict[int, float] = {}
    while len(delays) < len(browsers) and time.monotonic() - started < 10:
        for index, browser in enumerate(browsers):
            if index not in delays and str(event_id) in str(browser.frames[starts[index] :]):
                delays[index] = time.monotonic() - started
        await asyncio.sleep(0.005)
    assert len(delays) == len(browsers), f"{len(delays)} of {len(browsers)} tabs heard the change"
    return list(delays.values())


def figures(values: list[float]) -> str:
    """Return p50, p95 and the longest in milliseconds."""
    cut = statistics.quantiles(values, n=100)
    return (
        f"p50 {cut[49] * 1000:.0f} ms, p95 {cut[94] * 1000:.0f} ms, max {max(values) * 1000:.0f} ms"
    )


def main(sessions: int) -> None:
    """Start a database and a web process of our own, and measure."""
    with (
        running_server() as server,
        database(server) as name,
        tempfile.TemporaryDirectory() as home,
    ):
        url = server.url("patriot_web", name)
        keys = make_keys(Path(home))
        with running_site(database_url=url, variables=keys.variables(), folder=Path(home)) as site:
            use_engine(create_engine(url, process_name="bench", pool_size=2))
            asyncio.run(measure(site, sessions))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
