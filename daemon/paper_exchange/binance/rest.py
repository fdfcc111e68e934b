"""The REST side of the Binance dialect: check a request, hand it on, write the answer."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
from aiohttp import web

from daemon.paper_exchange.binance.call import NAME, Call, Dialect, Endpoint, Weight
from daemon.paper_exchange.binance.codes import WireError, wire_error
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.signing import (
    Security,
    check_rights,
    check_signature,
    check_window,
    identify,
    parse_parameters,
)
from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.refusals import Refused
from daemon.paper_exchange.wire_call import WireAnswer, WireRequest

_WEIGHT_HEADER = "X-MBX-USED-WEIGHT-1M"


def mount_rest(app: web.Application, dialect: Dialect) -> None:
    """Add the endpoints to the application."""
    entrance = dialect.host.entrance
    for endpoint in ENDPOINTS:
        respond = partial(answer_request, dialect, endpoint)
        entrance.add(app, NAME, endpoint.method, endpoint.path, respond)
    for prefix in ("fapi", "sapi", "api", "dapi"):
        entrance.add_beginning(app, NAME, f"/{prefix}/", _not_found)


def answer_request(dialect: Dialect, endpoint: Endpoint, request: WireRequest) -> WireAnswer:
    """Answer a request to a known endpoint."""
    headers: dict[str, str] = {}
    try:
        answer = _work(dialect, endpoint, request, headers)
    except Refused as refused:
        return _refusal(wire_error(refused), headers)
    except WireError as error:
        return _refusal(error, headers)
    return WireAnswer(body=orjson.dumps(answer), headers=headers)


def _work(
    dialect: Dialect, endpoint: Endpoint, request: WireRequest, headers: dict[str, str]
) -> Any:
    query, body = request.query.encode("utf-8", "surrogateescape"), request.body
    now_ms = dialect.host.wall_ms()
    ip = request.remote
    parameters = _read_parameters(query, body)
    weight = _weigh(endpoint.weight, parameters)
    headers[_WEIGHT_HEADER] = str(dialect.limits.spend(ip, weight, now_ms))
    call = Call(dialect=dialect, parameters=parameters, maybe_account=None)
    if endpoint.security is not Security.NONE:
        account = identify(dialect.engine, request.headers.get("X-MBX-APIKEY"), ip, now_ms)
        call.maybe_account = account
        if endpoint.security is not Security.KEY:
            check_window(parameters.values, now_ms)
            check_signature(account, query, body)
            check_rights(account, endpoint.security)
        if count := _weigh(endpoint.orders, parameters):
            headers.update(dialect.limits.count_order(account.api_key, count, now_ms))
    return endpoint.handler(call)


def _weigh(weight: Weight, parameters: Parameters) -> int:
    return weight if isinstance(weight, int) else weight(parameters)


def _read_parameters(query: bytes, body: bytes) -> Parameters:
    try:
        return Parameters(parse_parameters(query, body))
    except UnicodeDecodeError:
        raise WireError(-1100, "Illegal characters found in a parameter.") from None


def _refusal(error: WireError, headers: dict[str, str]) -> WireAnswer:
    return WireAnswer(
        status=error.status,
        body=orjson.dumps(error.body()),
        headers={**headers, **error.headers},
    )


def _not_found(request: WireRequest) -> WireAnswer:
    return gateway_page(NAME, 404, "Not Found")
