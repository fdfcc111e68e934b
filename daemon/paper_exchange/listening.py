"""Listening, with limits that hostile clients meet and words that the exchanges' gateways use."""

from __future__ import annotations

import asyncio
import logging
import resource
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web
from aiohttp.web_request import BaseRequest

from daemon.paper_exchange.entrance import Entrance
from daemon.paper_exchange.front import Front
from daemon.paper_exchange.refusal_pages import gateway_page

CONNECTIONS_MAX: Final = 10_000
"""More connections are cut at once, so that those that there are go on."""
SPARE_FILES: Final = 64
IDLE_S: Final = 600.0
"""A connection without a whole request for so long is closed."""
LINE_MAX: Final = 8_190
HEADERS_MAX: Final = 100
BACKLOG: Final = 4_096

_log = logging.getLogger(__name__)


def allow_many_files() -> int:
    """Raise the process's limit of open files as far as it may, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        return limit
    return wanted


async def listen(
    runner: web.AppRunner, entrance: Entrance, host: str, port: int
) -> tuple[Front, asyncio.Server]:
    """Accept connections for an application that was set up.

    Raises:
        OSError: the address cannot be had.
    """
    server = runner.server
    assert server is not None
    most = min(CONNECTIONS_MAX, allow_many_files() - SPARE_FILES)
    loop = asyncio.get_running_loop()
    front = Front(entrance, lambda: _Handler(server, loop))

    def accept() -> asyncio.Protocol:
        is_full = len(front.connections) + len(server.connections) >= most
        return _Refusal() if is_full else front.accept()

    return front, await loop.create_server(accept, host, port, backlog=BACKLOG)


class _Refusal(asyncio.Protocol):
    """A connection too many: it is cut at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Cut it."""
        cast(asyncio.Transport, transport).abort()


class _Handler(web.RequestHandler):
    """A connection that is not plain; its errors have a gateway's words."""

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # None switches it off
            keepalive_timeout=IDLE_S,
            max_line_size=LINE_MAX,
            max_field_size=LINE_MAX,
            max_headers=HEADERS_MAX,
        )

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, and what failed here, as a gateway does: with a plain page."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("%s %s failed", request.method, request.path, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun already")
        page = gateway_page("binance", status, _phrase(status))
        response = web.Response(
            body=page.body, status=status, headers={"Content-Type": page.content_type}
        )
        response.force_close()
        return response


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
