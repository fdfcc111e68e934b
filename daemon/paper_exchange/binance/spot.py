"""The few calls outside of the USDT-M futures that futures clients make at start-up."""

from __future__ import annotations

from typing import Any

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.state import ASSET


def get_api_restrictions(call: Call) -> dict[str, Any]:
    """Return what the API key may do."""
    permissions = call.account.permissions
    return {
        "ipRestrict": bool(permissions.ip_whitelist),
        "createTime": call.account.created_ms,
        "enableReading": permissions.read,
        "enableWithdrawals": permissions.withdraw,
        "enableInternalTransfer": permissions.internal_transfer,
        "enableMargin": False,
        "enableFutures": permissions.trade,
        "permitsUniversalTransfer": permissions.universal_transfer,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": False,
        "enablePortfolioMarginTrading": False,
        **(
            {"tradingAuthorityExpirationTime": permissions.expires_ms}
            if permissions.expires_ms
            else {}
        ),
    }


def get_coins(call: Call) -> list[dict[str, Any]]:
    """Return the coins of the wallet outside of the futures account: empty ones."""
    bases = [spec.base for spec in call.engine.instruments.values()]
    return [
        {
            "coin": coin,
            "depositAllEnable": True,
            "withdrawAllEnable": True,
            "name": coin,
            "free": "0",
            "locked": "0",
            "freeze": "0",
            "withdrawing": "0",
            "ipoing": "0",
            "ipoable": "0",
            "storage": "0",
            "isLegalMoney": False,
            "trading": True,
            "networkList": [],
        }
        for coin in (ASSET, *bases)
    ]


def get_no_pairs(call: Call) -> list[Any]:
    """Return the margin pairs: none are listed."""
    return []


def get_system_status(call: Call) -> dict[str, Any]:
    """Return that the system works."""
    return {"status": 0, "msg": "normal"}


def get_empty_exchange_info(call: Call) -> dict[str, Any]:
    """Return an exchange without contracts (spot and coin-margined)."""
    return {
        "timezone": "UTC",
        "serverTime": call.dialect.host.wall_ms(),
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [],
    }
