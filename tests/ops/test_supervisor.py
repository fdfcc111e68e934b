"""The supervisor: starts, restarts within bounds, and leaves no process behind."""

import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from ops import supervisor as module
from ops.environments import base_environment
from ops.home import CHECKOUT, Home, OpsError, open_home
from ops.processes import is_alive, strays, wait_until
from ops.supervisor import Program, Supervisor, answers, is_supervised

_GRANDCHILDREN = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import os, time; os.setsid(); time.sleep(600)"])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("born", flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home("demo", tmp_path / "home")


def make_program(home: Home, code: str, **options: object) -> Program:
    return Program("child", [sys.executable, "-c", code], base_environment(home), **options)  # type: ignore[arg-type]


def started_in(home: Home) -> list[psutil.Process]:
    return strays(home.path)


def said(supervisor: Supervisor, text: str) -> bool:
    return text in supervisor.log("child").read_text()


def test_grandchildren_end_with_it_even_in_their_own_session(home: Home) -> None:
    with Supervisor(home, say=print) as supervisor:
        supervisor.start(make_program(home, _GRANDCHILDREN))
        assert wait_until(lambda: len(started_in(home)) == 3, timeout_s=10)
    assert started_in(home) == []
    assert list(home.run.glob("*.json")) == []


def test_the_next_supervisor_ends_what_a_killed_one_left(home: Home) -> None:
    script = (
        "import sys; from pathlib import Path; from ops.home import Home\n"
        "from ops.supervisor import *; from ops.environments import base_environment\n"
        f"home = Home(Path({str(home.path)!r}))\n"
        "with Supervisor(home, say=print) as supervisor:\n"
        f"    supervisor.start(Program('child', [sys.executable, '-c', {_GRANDCHILDREN!r}],"
        " base_environment(home)))\n"
        "    print('up', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "up\n"
        assert wait_until(lambda: len(started_in(home)) == 3, timeout_s=10)
        first.kill()
    lines: list[str] = []
    with Supervisor(home, say=lines.append):
        assert started_in(home) == []
    assert "left behind" in lines[0]


def test_a_desk_has_one_supervisor(home: Home) -> None:
    with Supervisor(home, say=print):
        assert is_supervised(home)
        with pytest.raises(OpsError, match=f"already running .process {os.getpid()}"):
            Supervisor(home, say=print).__enter__()
    assert not is_supervised(home)


def test_a_process_that_ends_at_once_shows_the_end_of_its_log(home: Home) -> None:
    program = make_program(
        home, "print('no database'); raise SystemExit(3)", ready_url="http://127.0.0.1:9/"
    )
    with (
        pytest.raises(OpsError, match=r"(?s)ended with code 3.*no database"),
        Supervisor(home, say=print) as supervisor,
    ):
        supervisor.start(program)


def test_a_process_that_never_serves_is_given_up(home: Home) -> None:
    program = make_program(
        home,
        "import time; time.sleep(600)",
        ready_url="http://127.0.0.1:9/",
        ready_timeout_s=0.3,
    )
    with (
        pytest.raises(OpsError, match="does not answer"),
        Supervisor(home, say=print) as supervisor,
    ):
        supervisor.start(program)
    assert started_in(home) == []


def test_a_killed_process_is_started_again(home: Home) -> None:
    lines: list[str] = []
    with Supervisor(home, say=lines.append) as supervisor:
        supervisor.start(make_program(home, "import time; time.sleep(600)"))
        killed = supervisor.identity("child")
        psutil.Process(killed.pid).kill()
        supervisor.watch(until=lambda: supervisor.identity("child") != killed)
        assert is_alive(supervisor.identity("child"))
    assert "ended with code -9" in lines[0]


def test_a_process_that_keeps_ending_stops_the_desk(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESTARTS_MAX", 1)
    with Supervisor(home, say=print) as supervisor:
        supervisor.start(make_program(home, "raise SystemExit(1)"))
        with pytest.raises(OpsError, match="ended 2 times"):
            supervisor.watch()
    assert started_in(home) == []


def test_a_signal_stops_everything(home: Home) -> None:
    with contextlib.suppress(module.Stopped), Supervisor(home, say=print) as supervisor:
        supervisor.start(make_program(home, "import time; time.sleep(600)"))
        os.kill(os.getpid(), signal.SIGTERM)
        supervisor.watch()
    assert started_in(home) == []


def test_an_answer_below_400_means_ready() -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if self.path == "/no" else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert answers(f"{base}/yes")
        assert not answers(f"{base}/no")
        server.shutdown()
        thread.join()
    assert not answers(f"{base}/yes")
