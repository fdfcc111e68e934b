"""The built console under its real server, on an ephemeral port, for tests of the web."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import socketio

from ops import frontend
from ops.ports import free_port
from tests.database import ROOT

NAMESPACE = "/_event"
START_TIMEOUT_S = 240


@dataclass(frozen=True, slots=True)
class Site:
    """A running web process."""

    url: str
    log: Path

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Post a form as our own pages do; the caller keeps the cookie by hand."""
        sent = {"origin": self.url, "accept": "application/json", **headers}
        return httpx.post(self.url + path, data=form, headers=sent, timeout=60)

    def sign_in(self, email: str, password: str) -> str:
        """Return the Cookie header of a new session."""
        answer = self.post("/api/session", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return cookie_of(answer)


def cookie_of(answer: httpx.Response) -> str:
    """Return the Cookie header for a Set-Cookie; clients drop Secure cookies over http."""
    return answer.headers["set-cookie"].split(";", 1)[0]


@contextmanager
def running_site(*, database_url: str, variables: dict[str, str], folder: Path) -> Iterator[Site]:
    """Build the frontend where needed, serve it, and stop the server at the end."""
    page = frontend.ensure_frontend(log=folder / "build.log")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        **frontend.WEB_TOOLS,
        **variables,
        "PATH": frontend.path_with_tools(),
        "REFLEX_WEB_WORKDIR": str(page.folder),
        "PATRIOT_DATABASE_URL": database_url,
        "PATRIOT_PUBLIC_URL": url,
    }
    log = folder / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.web_server", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(url, process, log)
            yield Site(url, log)
        finally:
            process.terminate()
            process.wait(timeout=20)


class Browser:
    """What a browser's socket says and hears, without a browser.

    Attributes:
        frames: every update that the server sent.
    """

    def __init__(self, site: Site, *, cookie: str = "", token: str = "") -> None:
        self.token = token or str(uuid4())
        self.frames: list[Any] = []
        self._site = site
        self._cookie = cookie
        self._client = socketio.AsyncClient(reconnection=False)
        self._client.on("event", self.frames.append, namespace=NAMESPACE)

    async def __aenter__(self) -> "Browser":
        headers = {"Origin": self._site.url}
        if self._cookie:
            headers["Cookie"] = self._cookie
        await self._client.connect(
            f"{self._site.url}?token={self.token}",
            headers=headers,
            socketio_path="/_event",
            namespaces=[NAMESPACE],
            transports=["websocket"],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.disconnect()

    @property
    def is_connected(self) -> bool:
        """Tell whether the server still listens."""
        return NAMESPACE in self._client.namespaces

    async def send(
        self, name: str, payload: dict[str, Any] | None = None, *, path: str = "/"
    ) -> None:
        """Send one event."""
        event = {
            "name": name,
            "payload": payload or {},
            "router_data": {"pathname": path, "asPath": path, "query": {}},
        }
        await self._client.emit("event", event, namespace=NAMESPACE)

    async def answer(self, name: str, payload: dict[str, Any] | None = None) -> list[Any]:
        """Send an event and return what came back before the answer to a later, known one.

        The known one is sent again until it is answered: after many events it is told to slow down.
        """
        start = len(self.frames)
        await self.send(name, payload)
        for _ in range(ASKED_MAX):
            marker = str(uuid4())
            await self.send(SHOW_TOAST, {"text": marker, "tone": "info"})
            if await self._hears(partial(self._was_told, marker, start), ASKED_S):
                return self.frames[start:]
        raise AssertionError(f"not heard within {ASKED_MAX * ASKED_S} s")

    def _was_told(self, text: str, start: int) -> bool:
        return text in str(self.frames[start:])

    async def until(self, condition: Callable[[], bool], *, timeout_s: float = 60) -> None:
        """Wait until what was heard satisfies a condition."""
        assert await self._hears(condition, timeout_s), f"not heard within {timeout_s} s"

    async def _hears(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() >= deadline:
                return False
            await self._client.sleep(0.01)
        return True


ASKED_S, ASKED_MAX = 5.0, 24
SHOW_TOAST = "reflex___state____state.patriot_app___web___actions____toast_state.show"


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"The web process did not become ready:\n{log.read_text()[-3000:]}")
