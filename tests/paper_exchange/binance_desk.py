"""A raw client of the Binance dialect: it signs by hand and shows status, headers and body."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.paper import SECRET, Paper


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
        words = {"timestamp": int(time.time() * 1000), **parameters}
        payload = urlencode(words)
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
