"""An exchange that only acknowledges: canned JSON over raw asyncio, so that clients are measured.

    python -m bench.stub_exchange --port 9300 [--delay-ms 20] [--core 1]

It answers an order with an id and the echo of our client order id, a cancel likewise, and
everything else with an empty object; `GET /arrivals` gives the wall times of the orders since the
last call. It prints its URL, then serves until it is terminated.
"""

import argparse
import asyncio
import os
import re
import time
from typing import ClassVar, Final, cast

import uvloop

_BINANCE_ECHO: Final = re.compile(rb"(?:newClientOrderId|clientAlgoId|origClientOrderId)=([^&\s]+)")
_BYBIT_ECHO: Final = re.compile(rb'"orderLinkId":"([^"]+)"')
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-MBX-USED-WEIGHT-1M: 1\r\n"
    b"Content-Length: %d\r\n\r\n%b"
)


class Stub(asyncio.Protocol):
    """One connection; requests may arrive in pieces or several at once."""

    orders = 0
    delay_s = 0.0
    arrivals: ClassVar[list[float]] = []

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports only look like asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            whole = end + 4 + (int(found.group(1)) if found else 0)
            if len(self._buffer) < whole:
                return
            request, self._buffer = self._buffer[:whole], self._buffer[whole:]
            raw = _answer(request)
            if Stub.delay_s:
                asyncio.get_running_loop().call_later(Stub.delay_s, self._write, raw)
            else:
                self._write(raw)

    def _write(self, raw: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(raw)


def _answer(request: bytes) -> bytes:
    if request.startswith(b"GET /arrivals"):
        times, Stub.arrivals = Stub.arrivals, []
        body = b"[" + b",".join(b"%.6f" % at for at in times) + b"]"
        return _HEAD % (len(body), body)
    Stub.orders += 1
    Stub.arrivals.append(time.time())
    if bybit := _BYBIT_ECHO.search(request):
        body = (
            b'{"retCode":0,"retMsg":"OK","result":{"orderId":"b-%d","orderLinkId":"%b"},'
            b'"retExtInfo":{},"time":1700000000000}' % (Stub.orders, bybit.group(1))
        )
    elif binance := _BINANCE_ECHO.search(request):
        kind = (
            (b"algoId", b"clientAlgoId")
            if b"/algoOrder" in request[:60]
            else (
                b"orderId",
                b"clientOrderId",
            )
        )
        body = (
            b'{"%b":%d,"symbol":"BTCUSDT","status":"NEW","%b":"%b","price":"0.00","avgPrice":"0.00",'
            b'"origQty":"0.010","executedQty":"0.000","cumQty":"0.000","cumQuote":"0.00000",'
            b'"timeInForce":"GTC","type":"MARKET","reduceOnly":false,"closePosition":false,'
            b'"side":"BUY","positionSide":"BOTH","stopPrice":"0.00","workingType":"CONTRACT_PRICE",'
            b'"priceProtect":false,"origType":"MARKET","updateTime":1700000000000}'
            % (kind[0], Stub.orders, kind[1], binance.group(1))
        )
    else:
        body = b"{}"
    return _HEAD % (len(body), body)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", port, backlog=2_048)
    bound = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{bound}", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--core", type=int, default=None)
    options = parser.parse_args()
    if options.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.core})
    Stub.delay_s = options.delay_ms / 1_000
    uvloop.run(_serve(options.port))


if __name__ == "__main__":
    main()
