"""Every call of the web server is a request with an id, told in its answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patriot_app.core import requests


class RequestTracing:
    """ASGI middleware: begins the request and names it in the answer's `X-Request-ID`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        request = requests.begin(
            given=Headers(scope=scope).get(requests.HEADER, ""), ip=client[0] if client else ""
        )

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[requests.HEADER] = request.id
            await send(message)

        await self._app(scope, receive, send_with_id)
