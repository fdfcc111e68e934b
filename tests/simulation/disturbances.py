"""The faults that one request can meet, and what the client reads in place of the answer."""

from typing import Any

import orjson
from multidict import CIMultiDict

from daemon.exchanges.transport import HttpRequest, RawResponse
from tests.simulation.requests import CLIENT_ORDER_ID, host_of

WRITE_FAULTS = (
    ("refused", 0.03),
    ("reset_before", 0.02),
    ("lost", 0.04),
    ("late", 0.05),
    ("engine_queue", 0.05),
    ("late_then_queued", 0.03),
    ("answer_lost", 0.06),
    ("reset_after", 0.03),
    ("unknown_503_worked", 0.03),
    ("unknown_503_dropped", 0.02),
    ("unavailable_503", 0.02),
    ("html_200", 0.03),
    ("truncated_json", 0.03),
    ("empty_200", 0.02),
    ("other_id_echoed", 0.02),
    ("gateway_502_worked", 0.02),
    ("gateway_502_dropped", 0.02),
    ("server_timeout_worked", 0.03),
    ("server_timeout_dropped", 0.02),
    ("server_timeout_queued", 0.02),
    ("too_many_429", 0.01),
    ("banned_418", 0.004),
    ("slow_answer", 0.05),
)
READ_FAULTS = (
    ("read_lost", 0.03),
    ("read_refused", 0.02),
    ("read_html", 0.02),
    ("read_502", 0.02),
    ("read_truncated", 0.01),
    ("too_many_429", 0.004),
    ("banned_418", 0.002),
    ("slow_read", 0.03),
    ("stale_read", 0.04),
)
NOT_WORKED = frozenset(
    {
        "unknown_503_dropped",
        "unavailable_503",
        "gateway_502_dropped",
        "server_timeout_dropped",
        "server_timeout_queued",
        "too_many_429",
        "banned_418",
        "read_502",
    }
)
_TIMEOUT = (408, -1007, "Timeout waiting for response.", 10016, "Server error.")
_IN_TWO_DIALECTS = {
    "server_timeout_worked": _TIMEOUT,
    "server_timeout_dropped": _TIMEOUT,
    "server_timeout_queued": _TIMEOUT,
    "too_many_429": (429, -1003, "Too many requests.", 10006, "Too many visits!"),
    "banned_418": (418, -1003, "Way too many requests.", 10006, "Too many visits!"),
}
"""Status, code and words of Binance; code and words of Bybit."""
_HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


def not_found(request: HttpRequest) -> RawResponse:
    """Return the answer to a look-up of an order that is not there."""
    if host_of(request) == "bybit":
        body: dict[str, Any] = {"retCode": 0, "retMsg": "OK", "result": {"list": []}}
        return _json(200, body)
    return _json(400, {"code": -2013, "msg": "Order does not exist."})


def disturbed(
    fault: str, request: HttpRequest, response: RawResponse | None, seconds: float
) -> RawResponse:
    """Return what the client reads in place of the answer."""
    body = b"" if response is None else response.body
    match fault:
        case "html_200" | "read_html":
            return RawResponse(200, CIMultiDict({"Content-Type": "text/html"}), _HTML)
        case "truncated_json" | "read_truncated":
            return RawResponse(200, CIMultiDict(), body[: len(body) // 2])
        case "empty_200":
            return RawResponse(200, CIMultiDict(), b"")
        case "other_id_echoed":
            return RawResponse(200, CIMultiDict(), CLIENT_ORDER_ID.sub("x", body.decode()).encode())
        case "gateway_502_worked" | "gateway_502_dropped" | "read_502":
            return RawResponse(502, CIMultiDict(), _HTML)
        case "unknown_503_worked" | "unknown_503_dropped":
            text = "Unknown error, please check your request or try again later."
            return _json(503, {"code": -1000, "msg": text})
        case "unavailable_503":
            return _json(503, {"code": -1008, "msg": "Service Unavailable."})
    status, code, words, bybit_code, bybit_words = _IN_TWO_DIALECTS[fault]
    if host_of(request) == "bybit":
        return _json(200, {"retCode": bybit_code, "retMsg": bybit_words, "result": {}})
    wait = str(int(seconds) + 1) if status in {418, 429} else ""
    return _json(status, {"code": code, "msg": words}, wait)


def _json(status: int, body: dict[str, Any], retry_after: str = "") -> RawResponse:
    headers = CIMultiDict({"Retry-After": retry_after} if retry_after else {})
    return RawResponse(status, headers, orjson.dumps(body))
