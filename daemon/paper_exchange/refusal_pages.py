"""What the exchanges answer when a request never reaches their endpoints, or when these fail."""

from __future__ import annotations

from typing import Final

import orjson

from daemon.paper_exchange.wire_call import HTML, WireAnswer, WireRequest

_PAGE: Final = (
    "<html>\r\n<head><title>{status} {text}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {text}</h1></center>\r\n<hr><center>{server}</center>\r\n"
    "</body>\r\n</html>\r\n"
)
_SERVERS: Final = {"binance": "nginx", "bybit": "openresty"}
_INTERNAL: Final[dict[str, WireAnswer]] = {
    "binance": WireAnswer(
        status=500,
        body=b'{"code":-1000,"msg":"An unknown error occured while processing the request."}',
    ),
    "bybit": WireAnswer(
        body=orjson.dumps(
            {"retCode": 10016, "retMsg": "Server error.", "result": {}, "retExtInfo": {}}
        )
    ),
}


def gateway_page(exchange: str, status: int, text: str) -> WireAnswer:
    """Return the page of an exchange's web server."""
    server = _SERVERS.get(exchange, "nginx")
    body = _PAGE.format(status=status, text=text, server=server).encode()
    return WireAnswer(body=body, status=status, content_type=HTML)


def answer_nowhere(request: WireRequest) -> WireAnswer:
    """Answer a path that neither exchange has."""
    return gateway_page("binance", 404, "Not Found")


def oversized_body(exchange: str) -> WireAnswer:
    """Refuse a body that is too large."""
    if exchange == "bybit":
        refusal = {"retCode": 10001, "retMsg": "request body is too large"}
        return WireAnswer(body=orjson.dumps(refusal | {"result": {}, "retExtInfo": {}}))
    return gateway_page(exchange, 413, "Request Entity Too Large")


def malformed_body(exchange: str) -> WireAnswer:
    """Refuse a body that cannot be read or does not come."""
    return gateway_page(exchange, 400, "Bad Request")


def internal_error(exchange: str) -> WireAnswer:
    """Say that the exchange itself has failed."""
    return _INTERNAL[exchange]
