"""The REST side of the Binance dialect: check a request, hand it on, write the answer."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from daemon.paper_exchange.binance.call import NAME, Call, Dialect, Endpoint, Weight
from daemon.paper_exchange.binance.codes import WireError, wire_error
from daemon.paper_exchange.binance.parameters import Parameters, parse_parameters
from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.signing import (
    Security,
    check_engine_window,
    check_rights,
    check_signature,
    check_window,
    identify,
)
from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.refusals import Refused
from daemon.paper_exchange.wire_call import WireAnswer, WireRequest

_WEIGHT_HEADER: Final = "X-MBX-USED-WEIGHT-1M"
_PREFIXES: Final = ("fapi", "sapi", "api", "dapi", "futures")


def mount_rest(app: web.Application, dialect: Dialect) -> None:
    """Add the endpoints to the application."""
    entrance = dialect.host.entrance
    for endpoint in ENDPOINTS:
        respond = partial(answer_request, dialect, endpoint)
        entrance.add(app, NAME, endpoint.method, endpoint.path, respond)
    for prefix in _PREFIXES:
        entrance.add_beginning(app, NAME, f"/{prefix}/", partial(answer_unknown, dialect))


def answer_request(dialect: Dialect, endpoint: Endpoint, request: WireRequest) -> WireAnswer:
    """Answer a request to a known endpoint; whatever was sent, this does not raise."""
    headers: dict[str, str] = {}
    try:
        content = _work(dialect, endpoint, request, headers)
    except Refused as refused:
        return _refusal(wire_error(refused), headers)
    except WireError as error:
        return _refusal(error, headers)
    return WireAnswer(body=orjson.dumps(content), headers=headers)


def answer_unknown(dialect: Dialect, request: WireRequest) -> WireAnswer:
    """Answer a path or method that does not exist: a page, and on the test network JSON."""
    if not dialect.options.testnet_errors:
        return gateway_page(NAME, 404, "Not Found")
    shown = request.path.encode("ascii", "replace").decode()
    text = f"Path {shown}, Method {request.method} is invalid"
    return WireAnswer(status=404, body=orjson.dumps({"code": -5000, "msg": text}))


def weigh(weight: Weight, parameters: Parameters) -> int:
    """Return what a request counts as."""
    return weight if isinstance(weight, int) else weight(parameters)


def _work(
    dialect: Dialect, endpoint: Endpoint, request: WireRequest, headers: dict[str, str]
) -> Any:
    query, body = request.query.encode("utf-8", "surrogateescape"), request.body
    now_ms = dialect.host.wall_ms()
    ip = request.remote
    parameters = Parameters(parse_parameters(query, body))
    weight = weigh(endpoint.weight, parameters)
    headers[_WEIGHT_HEADER] = str(dialect.limits.spend(ip, weight, now_ms))
    call = Call(dialect=dialect, parameters=parameters, maybe_account=None)
    if endpoint.security is not Security.NONE:
        account = identify(dialect.engine, request.headers.get("X-MBX-APIKEY"), ip, now_ms)
        call.maybe_account = account
        if endpoint.security is not Security.KEY:
            good_until_ms = check_window(parameters.values, now_ms)
            check_signature(account, query, body)
            check_rights(account, endpoint.security, ip)
            if endpoint.orders:
                count = weigh(endpoint.orders, parameters)
                headers.update(dialect.limits.count_order(account.api_key, count, now_ms))
                check_engine_window(good_until_ms, now_ms + dialect.options.engine_lag_ms)
    return endpoint.handler(call)


def _refusal(error: WireError, headers: dict[str, str]) -> WireAnswer:
    return WireAnswer(
        status=error.status,
        body=orjson.dumps(error.body()),
        headers={**headers, **error.headers},
    )
