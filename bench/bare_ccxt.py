"""ccxt as one would use it plainly for many accounts: what may be shared is shared."""

from typing import Any

import aiohttp

from daemon.exchanges.transport import shared_ssl_context

SYMBOL = "BTCUSDT"


def make_ccxt(url: str, accounts: int, session: aiohttp.ClientSession) -> list[Any]:
    """Return one instance per account; what may be shared is shared."""
    import ccxt.async_support as ccxt

    context = shared_ssl_context()
    market = _ccxt_market()
    instances = []
    for number in range(accounts):
        instance = ccxt.binanceusdm(
            {
                "apiKey": f"key-{number}",
                "secret": "s" * 64,
                "enableRateLimit": False,
                "session": session,
            }
        )
        instance.ssl_context = context
        for name, value in instance.urls["api"].items():
            if isinstance(value, str):
                instance.urls["api"][name] = url + "/" + value.split("/", 3)[3]
        instance.set_markets(market)
        instance.options["maxRetriesOnFailure"] = 0
        instances.append(instance)
    return instances


def _ccxt_market() -> list[dict[str, Any]]:
    return [
        {
            "id": SYMBOL,
            "symbol": "BTC/USDT:USDT",
            "base": "BTC",
            "quote": "USDT",
            "settle": "USDT",
            "baseId": "BTC",
            "quoteId": "USDT",
            "settleId": "USDT",
            "type": "swap",
            "spot": False,
            "margin": False,
            "swap": True,
            "future": False,
            "option": False,
            "active": True,
            "contract": True,
            "linear": True,
            "inverse": False,
            "contractSize": 1.0,
            "precision": {"amount": 0.001, "price": 0.1},
            "limits": {"amount": {"min": 0.001}, "cost": {"min": 5}},
            "info": {"orderTypes": ["LIMIT", "MARKET", "STOP_MARKET"]},
        }
    ]
