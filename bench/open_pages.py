"""How fast a change reaches many open pages: `python -m bench.open_pages [SESSIONS]`.

Opens the event log in so many browser tabs of so many sessions, touches its topic, and measures
the time until each tab has heard the change, and the answer time of a table query under that load.

`--home FOLDER` measures at a demo desk that runs there, while its accounts trade: every second tab
shows the event log, the others overview, positions and orders, which change all the time.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from ops.demo import OPERATOR_EMAIL, ensure_logins
from ops.home import Home
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
ORDERS = f"{PREFIX}console___orders___state____orders_state.load"
PAGES = (
    ("/activity", LOAD),
    ("/", f"{PREFIX}console___overview___state____overview_state.load"),
    ("/activity", LOAD),
    ("/positions", f"{PREFIX}console___positions___state____positions_state.load"),
    ("/activity", LOAD),
    ("/orders", ORDERS),
)
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


async def measure_desk(site: Site, sessions: int, password: str) -> None:
    """Open tabs on four pages of a trading desk and print the figures."""
    cookies = [site.sign_in(OPERATOR_EMAIL, password) for _ in range(sessions)]
    browsers = [Browser(site, cookie=cookie) for cookie in cookies]
    for number, browser in enumerate(browsers):
        await browser.__aenter__()
        route, load = PAGES[number % len(PAGES)]
        await browser.answer(ARRIVE, {"route": route})
        await browser.answer(load)
    watching = [one for number, one in enumerate(browsers) if PAGES[number % len(PAGES)][1] == LOAD]
    asking = [
        one for number, one in enumerate(browsers) if PAGES[number % len(PAGES)][0] == "/orders"
    ]
    delays, answers = [], []
    for number in range(ROUNDS):
        delays += await heard(watching)
        started = time.monotonic()
        await asking[number % len(asking)].answer(ORDERS)
        answers.append(time.monotonic() - started)
        await asyncio.sleep(0.5)
    for browser in browsers:
        await browser.__aexit__()
    print(
        f"{sessions} sessions on a trading desk, {ROUNDS} changes: {figures(delays)} until a tab has it"
    )
    print(f"orders query and answer: {figures(answers)}")


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


def main_at(home: Home, sessions: int) -> None:
    """Measure at the demo desk that runs in a home."""
    console = json.loads((home.path / "run" / "console.json").read_text())
    environment = Path(f"/proc/{console['pid']}/environ").read_text().split("\0")
    variables = dict(line.split("=", 1) for line in environment if "=" in line)
    use_engine(create_engine(variables["PATRIOT_DATABASE_URL"], process_name="bench", pool_size=2))
    site = Site(url=variables["PATRIOT_PUBLIC_URL"], log=Path("/dev/null"))
    asyncio.run(measure_desk(site, sessions, ensure_logins(home).operator))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", type=int, nargs="?", default=100)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.home is None:
        main(options.sessions)
    else:
        main_at(Home(options.home), options.sessions)
