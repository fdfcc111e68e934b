"""Run a desk on this machine: database, migrations, paper exchange, daemon and console."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ops import embedded, frontend, roles
from ops.environments import (
    Desk,
    base_environment,
    bot_environment,
    daemon_environment,
    has_bot,
    web_environment,
)
from ops.home import Home, OpsError
from ops.keys import check_keys, ensure_keys
from ops.migrations import migrate
from ops.ports import free_port, port_near, require_free
from ops.roles import Server
from ops.steps import Steps
from ops.supervisor import Program, Supervisor, is_supervised

WEB_PORT = 3000
PAPER_PORT = 9100
HEALTH_PORT = 9101
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """How the paper exchange makes its market.

    Attributes:
        speed: market minutes in one wall minute; None keeps the last run's.
        replay: file or folder of real candles; None: the fitted model.
    """

    seed: int
    speed: int | None
    replay: Path | None


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """What to run."""

    home: Home
    port: int
    demo: bool
    four_eyes: str
    paper: PaperOptions | None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running desk is reached; kept in its home for other commands."""

    public_url: str
    paper_url: str | None
    health_port: int
    demo: bool
    four_eyes: str


def _nothing(_desk: Desk, _steps: Steps) -> None:
    """Need nothing at this point."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a desk does besides running.

    Attributes:
        announce: called last.
        prepare: called when database and paper exchange serve, before the daemon starts.
        finish: called when everything serves.
    """

    announce: Callable[[Desk, Steps], None] = _nothing
    prepare: Callable[[Desk, Steps], None] = _nothing
    finish: Callable[[Desk, Steps], None] = _nothing


def run_desk(options: DeskOptions, steps: Steps, scenario: Scenario) -> None:
    """Start everything, announce it, and watch until told to stop.

    Raises:
        OpsError: something did not come up.
        Stopped: by a signal, after everything has been stopped.
    """
    with open_desk(options, steps, scenario) as (desk, supervisor):
        scenario.announce(desk, steps)
        supervisor.watch()


@contextmanager
def open_desk(
    options: DeskOptions, steps: Steps, scenario: Scenario
) -> Iterator[tuple[Desk, Supervisor]]:
    """Run a desk for as long as the context lasts.

    Raises:
        OpsError: something did not come up; nothing is left running.
    """
    require_free(options.port)
    paper_url = f"http://{_LOOPBACK}:{_port(options, PAPER_PORT)}" if options.paper else None
    with Supervisor(options.home, say=steps.say) as supervisor:
        paper = []
        if options.paper is not None and paper_url is not None:
            # It needs nothing of ours, so it loads its prices while the database starts.
            paper = [paper_exchange(options.home, paper_url, options.paper)]
            supervisor.launch(paper)
        with _server(options.home, steps) as server:
            try:
                desk = _start(options, steps, supervisor, server, paper, paper_url, scenario)
                yield desk, supervisor
            finally:
                supervisor.stop_all()  # before the database they write to


def _start(
    options: DeskOptions,
    steps: Steps,
    supervisor: Supervisor,
    server: Server,
    paper: list[Program],
    paper_url: str | None,
    scenario: Scenario,
) -> Desk:
    with steps.step("Database schema") as note:
        note(migrate(server))
    with steps.step("Console frontend") as note:
        page = frontend.ensure_frontend(log=options.home.logs / "frontend.log")
        note("built" if page.is_new else "unchanged")
    desk = describe(options, server, paper_url=paper_url)
    if paper:
        with steps.step("Paper exchange") as note:
            supervisor.wait(paper)
            note(paper_url or "")
    scenario.prepare(desk, steps)
    with steps.step("Daemon and console"):
        supervisor.start_together([_daemon(desk), _console(desk, page.folder, options.port)])
    if has_bot():
        with steps.step("Telegram bot"):
            supervisor.start(_bot(desk))
    _remember(desk)
    scenario.finish(desk, steps)
    return desk


@contextmanager
def running_desk(home: Home) -> Iterator[Desk]:
    """Describe the desk that runs in `home`, to work beside it.

    Raises:
        OpsError: none runs there.
    """
    addresses = home.path / "desk.json"
    if not is_supervised(home) or not addresses.exists():
        raise OpsError(f"No desk runs in {home.path}. Start it first: patriot demo or patriot up.")
    found = Addresses(**json.loads(addresses.read_text()))
    keys = ensure_keys(home)
    url = os.environ.get("DATABASE_URL")
    server = (
        roles.own_server(url, keys) if url else roles.embedded_in(embedded.socket_of(home.postgres))
    )
    yield Desk(home=home, keys=keys, server=server, **asdict(found))


@contextmanager
def database(home: Home, steps: Steps) -> Iterator[Server]:
    """Yield the desk's server: the running one, else started for as long as needed."""
    if is_supervised(home):
        with running_desk(home) as desk:
            yield desk.server
        return
    with Supervisor(home, say=steps.say), _server(home, steps) as server:
        yield server


@contextmanager
def _server(home: Home, steps: Steps) -> Iterator[Server]:
    keys = ensure_keys(home)
    check_keys(keys)
    url = os.environ.get("DATABASE_URL")
    if url:
        yield roles.own_server(url, keys)
        return
    with steps.step("Embedded PostgreSQL"):
        server = embedded.start_embedded(home.postgres, log=home.logs / "postgres.log")
    try:
        yield roles.embedded_in(server.socket_folder)
    finally:
        server.stop()


def describe(options: DeskOptions, server: Server, *, paper_url: str | None) -> Desk:
    """Return the desk as its processes will see it, on ports that are free now."""
    return Desk(
        home=options.home,
        keys=ensure_keys(options.home),
        server=server,
        public_url=os.environ.get("PATRIOT_PUBLIC_URL", f"http://{_LOOPBACK}:{options.port}"),
        paper_url=paper_url,
        health_port=_port(options, HEALTH_PORT),
        demo=options.demo,
        four_eyes=options.four_eyes,
    )


def _port(options: DeskOptions, usual: int) -> int:
    """Return the usual port; a desk that is not at the usual address leaves it to the one there."""
    return port_near(usual) if options.port == WEB_PORT else free_port()


def paper_exchange(home: Home, url: str, paper: PaperOptions) -> Program:
    """Return the paper exchange's process."""
    command = [
        *(sys.executable, "-m", "daemon.paper_exchange"),
        *("--port", url.rsplit(":", 1)[1]),
        *("--home", str(home.paper)),
        *("--seed", str(paper.seed)),
    ]
    if paper.speed is not None:
        command += ["--speed", str(paper.speed)]
    if paper.replay is not None:
        command += ["--replay", str(paper.replay.expanduser().resolve())]
    return Program(
        "paper_exchange",
        command,
        base_environment(home),
        ready_url=f"{url}/_paper/clock",
        ready_timeout_s=120,
    )


def _daemon(desk: Desk) -> Program:
    return Program(
        "daemon",
        [sys.executable, "-m", "daemon", "--role", "all"],
        daemon_environment(desk),
        ready_url=f"http://{_LOOPBACK}:{desk.health_port}/healthz",
        ready_timeout_s=120,
    )


def _bot(desk: Desk) -> Program:
    port = free_port()
    return Program(
        "bot",
        [sys.executable, "-m", "daemon", "--role", "bot"],
        bot_environment(desk, health_port=port),
        ready_url=f"http://{_LOOPBACK}:{port}/healthz",
        ready_timeout_s=120,
    )


def _console(desk: Desk, page: Path, port: int) -> Program:
    return Program(
        "console",
        [sys.executable, "-m", "ops.web_server", "--host", _LOOPBACK, "--port", str(port)],
        web_environment(desk) | {"REFLEX_WEB_WORKDIR": str(page)},
        ready_url=f"http://{_LOOPBACK}:{port}/",
        ready_timeout_s=90,
    )


def _remember(desk: Desk) -> None:
    addresses = Addresses(
        public_url=desk.public_url,
        paper_url=desk.paper_url,
        health_port=desk.health_port,
        demo=desk.demo,
        four_eyes=desk.four_eyes,
    )
    (desk.home.path / "desk.json").write_text(json.dumps(asdict(addresses)))
