"""The REST side of the Binance dialect: check a request, hand it on, write the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from daemon.paper_exchange.binance.call import Call, Dialect, Endpoint, Weight
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
from daemon.paper_exchange.refusals import Refused

_WEIGHT_HEADER = "X-MBX-USED-WEIGHT-1M"


def mount_rest(app: web.Application, dialect: Dialect) -> None:
    """Add the endpoints to the application."""
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, _serve(dialect, endpoint))
    for prefix in ("fapi", "sapi", "api", "dapi"):
        app.router.add_route("*", f"/{prefix}/{{rest:.*}}", _not_found)


def _serve(
    dialect: Dialect, endpoint: Endpoint
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        query = request.raw_path.partition("?")[2].encode("latin-1", "surrogateescape")
        body = await request.read()
        headers: dict[str, str] = {}
        try:
            answer = _work(dialect, endpoint, request, query, body, headers)
        except Refused as refused:
            return _refusal(wire_error(refused), headers)
        except WireError as error:
            return _refusal(error, headers)
        return web.Response(
            body=orjson.dumps(answer),
            content_type="application/json",
            headers=headers,
        )

    return serve


def _work(
    dialect: Dialect,
    endpoint: Endpoint,
    request: web.Request,
    query: bytes,
    body: bytes,
    headers: dict[str, str],
) -> Any:
    now_ms = dialect.host.wall_ms()
    ip = request.remote or ""
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


def _refusal(error: WireError, headers: dict[str, str]) -> web.Response:
    return web.Response(
        status=error.status,
        body=orjson.dumps(error.body()),
        content_type="application/json",
        headers={**headers, **error.headers},
    )


async def _not_found(request: web.Request) -> web.Response:
    return web.Response(
        status=404,
        text="<html><head><title>404 Not Found</title></head><body>nginx</body></html>",
        content_type="text/html",
    )
