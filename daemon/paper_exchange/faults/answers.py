"""The exchanges' own words on bad days: status, headers and body of each kind of refusal.

Sources: https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code and
https://bybit-exchange.github.io/docs/v5/error
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from daemon.paper_exchange.faults.kinds import FaultKind as K
from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.wire_call import HTML, WireAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an answer may mention.

    Attributes:
        retry_after_s: None sends no Retry-After header.
    """

    exchange: str
    remote: str
    now_ms: int
    retry_after_s: int | None
    location: str
    sent_ms: str = ""


Maker = Callable[[Occasion], WireAnswer]


def _binance(status: int, code: int, text: str) -> Maker:
    body = orjson.dumps({"code": code, "msg": text})
    return lambda occasion: WireAnswer(body=body, status=status)


def _bybit(code: int, text: str) -> Maker:
    def make(occasion: Occasion) -> WireAnswer:
        answer: dict[str, Any] = {
            "retCode": code,
            "retMsg": text,
            "result": {},
            "retExtInfo": {},
            "time": occasion.now_ms,
        }
        return WireAnswer(body=orjson.dumps(answer))

    return make


def _page(status: int, text: str) -> Maker:
    return lambda occasion: gateway_page(occasion.exchange, status, text)


def _too_many(occasion: Occasion) -> WireAnswer:
    return _limited(
        occasion,
        429,
        "Too many requests; current limit is 2400 requests per minute. Please use the websocket "
        "for live updates to avoid polling the API.",
    )


def _banned(occasion: Occasion) -> WireAnswer:
    until_ms = occasion.now_ms + 1000 * (occasion.retry_after_s or 120)
    return _limited(
        occasion,
        418,
        f"Way too many requests; IP({occasion.remote}) banned until {until_ms}. Please use the "
        "websocket for live updates to avoid bans.",
    )


def _limited(occasion: Occasion, status: int, text: str) -> WireAnswer:
    headers: dict[str, str] = {}
    if occasion.retry_after_s is not None:
        headers["Retry-After"] = str(occasion.retry_after_s)
    body = orjson.dumps({"code": -1003, "msg": text})
    return WireAnswer(body=body, status=status, headers=headers)


def _firewall(occasion: Occasion) -> WireAnswer:
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n'
        "<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>\n"
        "<H1>403 ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n"
        "<HR noshade size=1px>Request blocked.\n</BODY></HTML>\n"
    )
    return WireAnswer(body=body.encode(), status=403, content_type=HTML)


def _too_frequent(occasion: Occasion) -> WireAnswer:
    return WireAnswer(body=b"access too frequent", status=403, content_type="text/plain")


def _redirect(occasion: Occasion) -> WireAnswer:
    page = gateway_page(occasion.exchange, 302, "Found")
    page.headers["Location"] = occasion.location
    return page


def _bad_window(occasion: Occasion) -> WireAnswer:
    text = (
        "invalid request, please check your server timestamp or recv_window param."
        f" req_timestamp[{occasion.sent_ms}],server_timestamp[{occasion.now_ms}],recv_window[5000]"
    )
    return _bybit(10002, text)(occasion)


ANSWERS: Final[Mapping[K, Mapping[str, Maker]]] = {
    K.UNKNOWN_ERROR: {
        "binance": _binance(
            503, -1000, "Unknown error, please check your request or try again later."
        ),
        "bybit": _bybit(10016, "Server error."),
    },
    K.SERVICE_UNAVAILABLE: {
        "binance": _binance(503, -1000, "Service Unavailable."),
        "bybit": _page(503, "Service Temporarily Unavailable"),
    },
    K.OVERLOADED: {
        "binance": _binance(
            503,
            -1008,
            "Request throttled by system-level protection. Reduce-only/close-position orders are "
            "exempt. Please try again.",
        ),
        "bybit": _bybit(10429, "System level frequency protection"),
    },
    K.UNEXPECTED_RESPONSE: {
        "binance": _binance(
            400,
            -1006,
            "An unexpected response was received from the message bus. Execution status unknown.",
        ),
    },
    K.TIMEOUT: {
        "binance": _binance(
            408,
            -1007,
            "Timeout waiting for response from backend server. Send status unknown; execution "
            "status unknown.",
        ),
        "bybit": _bybit(10000, "Server Timeout"),
    },
    K.SERVER_ERROR: {
        "binance": _binance(500, -1000, "An unknown error occured while processing the request."),
        "bybit": _bybit(10016, "Server error."),
    },
    K.DISCONNECTED: {
        "binance": _binance(
            500, -1001, "Internal error; unable to process your request. Please try again."
        ),
    },
    K.TOO_MANY_REQUESTS: {
        "binance": _too_many,
        "bybit": _bybit(10006, "Too many visits. Exceeded the API Rate Limit."),
    },
    K.TOO_MANY_ORDERS: {
        "binance": _binance(
            429, -1015, "Too many new orders; current limit is 300 orders per 10 SECONDS."
        ),
        "bybit": _bybit(10006, "Too many visits. Exceeded the API Rate Limit."),
    },
    K.ADDRESS_BANNED: {"binance": _banned, "bybit": _too_frequent},
    K.FIREWALL: {"binance": _firewall, "bybit": _firewall},
    K.BAD_GATEWAY: {"binance": _page(502, "Bad Gateway"), "bybit": _page(502, "Bad Gateway")},
    K.GATEWAY_TIMEOUT: {
        "binance": _page(504, "Gateway Time-out"),
        "bybit": _page(504, "Gateway Time-out"),
    },
    K.REDIRECT: {"binance": _redirect, "bybit": _redirect},
    K.MAINTENANCE: {
        "binance": _binance(503, -1000, "Service Unavailable."),
        "bybit": _page(503, "Service Temporarily Unavailable"),
    },
    K.KEY_REVOKED: {
        "binance": _binance(401, -2015, "Invalid API-key, IP, or permissions for action."),
        "bybit": _bybit(10003, "API key is invalid."),
    },
    K.IP_NOT_ALLOWED: {
        "binance": _binance(401, -2015, "Invalid API-key, IP, or permissions for action."),
        "bybit": _bybit(10010, "Unmatched IP, please check your API key's bound IP addresses."),
    },
    K.BAD_TIMESTAMP: {
        "binance": _binance(400, -1021, "Timestamp for this request is outside of the recvWindow."),
        "bybit": _bad_window,
    },
    K.DUPLICATE_CLIENT_ID: {
        "binance": _binance(400, -4116, "clientOrderId is duplicated"),
        "bybit": _bybit(110072, "OrderLinkedID is duplicate"),
    },
    K.REDUCE_ONLY_REJECTED: {
        "binance": _binance(400, -2022, "ReduceOnly Order is rejected."),
        "bybit": _bybit(110017, "orderQty will be truncated to zero"),
    },
    K.INSUFFICIENT_MARGIN: {
        "binance": _binance(400, -2019, "Margin is insufficient."),
        "bybit": _bybit(110007, "ab not enough for new order"),
    },
    K.ORDER_NOT_FOUND: {
        "binance": _binance(400, -2013, "Order does not exist."),
        "bybit": _bybit(110001, "order not exists or too late to cancel"),
    },
    K.WOULD_TRIGGER: {
        "binance": _binance(400, -2021, "Order would immediately trigger."),
        "bybit": _bybit(110093, "expect Falling, but trigger_price[0] >= current[0]??LastPrice"),
    },
    K.POSITION_LIMIT: {
        "binance": _binance(
            400, -2027, "Exceeded the maximum allowable position at current leverage."
        ),
        "bybit": _bybit(
            110090,
            "Order placement failed as your position may exceed the max limit. Please adjust your"
            " leverage to 10 or below to increase the max. position limit",
        ),
    },
    K.TRADING_BAN: {
        "binance": _binance(
            400,
            -4400,
            "Futures Trading Quantitative Rules violated, only reduceOnly order is allowed, "
            "please try again later.",
        ),
        "bybit": _bybit(
            110023,
            "Currently you can only reduce your position on this contract. please check our "
            "announcement or contact customer service for details.",
        ),
    },
}
EXEMPT_WHEN_REDUCING: Final = frozenset({K.OVERLOADED, K.TRADING_BAN})
"""Orders that only reduce pass these."""
OUTCOME_OPEN: Final = frozenset(
    {K.UNKNOWN_ERROR, K.UNEXPECTED_RESPONSE, K.TIMEOUT, K.SERVER_ERROR, K.DUPLICATE_CLIENT_ID}
)
"""Answers that come although the request may have been worked: by default it has been."""
ORDER_ENTRY_ONLY: Final = frozenset(
    {
        K.TOO_MANY_ORDERS,
        K.DUPLICATE_CLIENT_ID,
        K.REDUCE_ONLY_REJECTED,
        K.INSUFFICIENT_MARGIN,
        K.WOULD_TRIGGER,
        K.POSITION_LIMIT,
        K.TRADING_BAN,
    }
)
"""Answers that only the placing of an order can get."""
