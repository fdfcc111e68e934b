"""Raw clients of the Binance dialect: they sign by hand and show what comes back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.paper import SECRET, Paper

PATIENCE_S = 60.0
"""Far above what anything here takes, for a machine that is busy."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        """Return the error code of the body."""
        return int(self.body["code"])


class RawClient:
    """Calls one account's endpoints."""

    def __init__(self, paper: Paper, session: aiohttp.ClientSession, api_key: str) -> None:
        self._paper = paper
        self._session = session
        self._api_key = api_key

    async def call(
        self, method: str, path: str, *, in_body: bool = False, **parameters: Any
    ) -> Answer:
        """Send a signed request, its parameters in the query or in the body."""
        payload = urlencode(timed(parameters))
        signature = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()
        return await self.send(method, path, f"{payload}&signature={signature}", in_body=in_body)

    async def send(
        self, method: str, path: str, payload: str = "", *, in_body: bool = False
    ) -> Answer:
        """Send a request as it is."""
        url = f"{self._paper.url}{path}"
        headers = {"X-MBX-APIKEY": self._api_key} if self._api_key else {}
        data = None
        if in_body:
            data = payload
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif payload:
            url = f"{url}?{payload}"
        async with self._session.request(method, url, headers=headers, data=data) as answer:
            is_json = answer.content_type == "application/json"
            body = await answer.json() if is_json else await answer.text()
            return Answer(answer.status, body, dict(answer.headers))


@asynccontextmanager
async def raw_client(paper: Paper, api_key: str = "key-1") -> AsyncIterator[RawClient]:
    """Open a client for a key."""
    async with aiohttp.ClientSession() as session:
        yield RawClient(paper, session, api_key)


class RawWsApi:
    """Calls one account's methods over the WebSocket API."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, api_key: str) -> None:
        self.socket = socket
        self._api_key = api_key
        self._numbers = count(1)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a signed request."""
        return await self.ask(method, signed(self._api_key, parameters))

    async def ask(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request as it is and return its answer."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method}
        if parameters is not None:
            message["params"] = parameters
        answer = await self.send(json.dumps(message))
        assert answer["id"] == number
        return answer

    async def send(self, text: str) -> dict[str, Any]:
        """Send a text and return what comes back."""
        await self.socket.send_str(text)
        return await receive(self.socket)


def timed(parameters: dict[str, Any]) -> dict[str, Any]:
    """Add the time, and a window that suits a busy machine unless the time is the test's own."""
    if "timestamp" in parameters:
        return parameters
    return {"timestamp": int(time.time() * 1000), "recvWindow": 60_000, **parameters}


def signed(api_key: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return parameters with key, time and signature, as the WebSocket API wants them."""
    words = {"apiKey": api_key, **timed(parameters)}
    payload = "&".join(f"{name}={_written(value)}" for name, value in sorted(words.items()))
    signature = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return {**words, "signature": signature}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@asynccontextmanager
async def ws_api(paper: Paper, api_key: str = "key-1", query: str = "") -> AsyncIterator[RawWsApi]:
    """Open the WebSocket API for a key."""
    async with opened(paper, f"/ws-fapi/v1{query}") as socket:
        yield RawWsApi(socket, api_key)


@asynccontextmanager
async def opened(paper: Paper, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a WebSocket."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{paper.ws_url}{path}") as socket,
    ):
        yield socket


async def receive(socket: aiohttp.ClientWebSocketResponse) -> Any:
    """Wait for the next frame."""
    async with asyncio.timeout(PATIENCE_S):
        return json.loads(await socket.receive_str())


async def receive_event(
    socket: aiohttp.ClientWebSocketResponse, kind: str, **wanted: Any
) -> dict[str, Any]:
    """Wait for the next event of a kind with the wanted values."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame: dict[str, Any] = json.loads(await socket.receive_str())
            if frame.get("e") == kind and wanted.items() <= {**frame, **frame.get("o", {})}.items():
                return frame
