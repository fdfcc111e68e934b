"""Every call of the web server is a request with an id, told in its answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patriot_app.core import requests
from patriot_app.core.domain.network_addresses import client_address
from patriot_app.core.settings import get_settings


class RequestTracing:
    """ASGI middleware: begins the request and names it in the answer's `X-Request-ID`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        headers = Headers(scope=scope)
        address = client_address(
            client[0] if client else "",
            headers.get("x-forwarded-for", ""),
            trusted_hops=get_settings().trusted_proxy_hops,
        )
        request = requests.begin(given=headers.get(requests.HEADER, ""), ip=address)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[requests.HEADER] = request.id
            await send(message)

        await self._app(scope, receive, send_with_id)
