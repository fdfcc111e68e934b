"""What a request is for, whom it goes to, and which orders it names."""

import re

from multidict import CIMultiDict

from daemon.exchanges.transport import HttpRequest

CLIENT_ORDER_ID = re.compile(r"ptp[a-z2-7]{24}-[0-9a-z]{1,2}")
_NUMBER = re.compile(r"""orderId["=:\s]+([\w-]+)""")
_KINDS = {
    ("POST", "/fapi/v1/order"): "place",
    ("DELETE", "/fapi/v1/order"): "cancel",
    ("DELETE", "/fapi/v1/batchOrders"): "cancel",
    ("PUT", "/fapi/v1/order"): "amend",
    ("POST", "/fapi/v1/algoOrder"): "place_stop",
    ("DELETE", "/fapi/v1/algoOrder"): "cancel_stop",
    ("POST", "/fapi/v1/leverage"): "leverage",
    ("POST", "/v5/order/create"): "place",
    ("POST", "/v5/order/cancel"): "cancel",
    ("POST", "/v5/order/cancel-batch"): "cancel",
    ("POST", "/v5/order/amend"): "amend",
    ("POST", "/v5/position/set-leverage"): "leverage",
    ("GET", "/fapi/v1/order"): "look_up",
    ("GET", "/fapi/v1/algoOrder"): "look_up",
    ("GET", "/v5/order/realtime"): "look_up",
    ("GET", "/v5/order/history"): "look_up",
}
WRITES = frozenset({"place", "place_stop", "amend", "cancel", "cancel_stop", "leverage"})


def kind_of(request: HttpRequest) -> str:
    """Return what a request is for: one of the writes, a look-up, or a read."""
    path = request.url[request.url.index("/", 8) :].partition("?")[0]
    return _KINDS.get((request.method, path), "read")


def key_of(request: HttpRequest) -> str:
    """Return the API key of a request, "" if it has none."""
    headers = CIMultiDict(request.headers)
    return headers.get("X-MBX-APIKEY") or headers.get("X-BAPI-API-KEY") or ""


def host_of(request: HttpRequest) -> str:
    """Return which exchange a request goes to; both have the same address here."""
    return "bybit" if "/v5/" in request.url else "binance"


def look_of(request: HttpRequest) -> str:
    """Return what a look-up asks for, whenever it was signed."""
    path = request.url.partition("?")[0]
    found = CLIENT_ORDER_ID.search(request.url)
    return f"{path} {found.group() if found else ''}"


def named_in(request: HttpRequest) -> list[str]:
    """Return the ids of our form that a request names."""
    return CLIENT_ORDER_ID.findall(request.url + (request.body or ""))


def number_in(request: HttpRequest) -> str:
    """Return the exchange's own number of an order that a request names, "" if none."""
    found = _NUMBER.search(request.url + (request.body or ""))
    return found.group(1) if found else ""
