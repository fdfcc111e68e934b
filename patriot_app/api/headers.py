"""Security headers on every answer, and the way to sign-in for those without a session cookie.

The page is a static build without data. Its inline scripts are known at start, so the content
security policy names their hashes and needs neither `unsafe-inline` nor `unsafe-eval` for scripts.
Styles stay `unsafe-inline`: rendered components carry style attributes.
"""

import base64
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_STATIC = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def script_hashes(build: Path) -> list[str]:
    """Return the CSP sources of all inline scripts of a built site."""
    found = {
        base64.b64encode(sha256(body.encode()).digest()).decode()
        for page in build.rglob("*.html")
        for body in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
        if body
    }
    return [f"'sha256-{digest}'" for digest in sorted(found)]


def content_security_policy(*, hashes: Iterable[str], socket_origin: str) -> str:
    """Return the policy of a page."""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {' '.join(hashes)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {socket_origin}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


class SecurityHeaders:
    """ASGI middleware around everything the web process serves.

    Args:
        app: what it wraps.
        build: folder of the built site; its hashes are read on the first request.
        public_url: the address people type; https adds HSTS, and its socket may be connected to.
        gated: paths that lead to sign-in without a session cookie.
        cookie: name of the session cookie.
    """

    def __init__(
        self, app: ASGIApp, *, build: Path, public_url: str, gated: Iterable[str], cookie: str
    ) -> None:
        self._app = app
        self._build = build
        self._public_url = public_url.rstrip("/")
        self._gated = frozenset(gated)
        self._cookie = cookie
        self._policy = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._must_sign_in(scope, headers):
            query = scope["query_string"].decode("latin-1")
            target = f"{scope['path']}?{query}" if query else scope["path"]
            answer = RedirectResponse(f"/sign-in?next={quote(target, safe='')}", status_code=303)
            await answer(scope, receive, self._sender(scope, send))
            return
        await self._app(scope, receive, self._sender(scope, send))

    def _must_sign_in(self, scope: Scope, headers: Headers) -> bool:
        return (
            scope["method"] == "GET"
            and scope["path"].rstrip("/") in self._gated
            and "text/html" in headers.get("accept", "")
            and f"{self._cookie}=" not in headers.get("cookie", "")
        )

    def _sender(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _STATIC.items():
                    headers[name] = value
                headers["content-security-policy"] = self._content_policy()
                if self._public_url.startswith("https://"):
                    headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
                if headers.get("cache-control") != "no-store":
                    headers["cache-control"] = _cache_rule(
                        scope["path"], headers.get("content-type", "")
                    )
            await send(message)

        return send_with_headers

    def _content_policy(self) -> str:
        if not self._policy:
            self._policy = content_security_policy(
                hashes=script_hashes(self._build),
                socket_origin=re.sub(r"^http", "ws", self._public_url),
            )
        return self._policy


def _cache_rule(path: str, content_type: str) -> str:
    if path.startswith("/assets/"):
        return "public, max-age=31536000, immutable"
    if path.startswith("/fonts/"):
        return "public, max-age=604800"
    if content_type.startswith("text/html") or "." in path:
        return "no-cache"
    return "no-store"
