"""What an API key may do, as Bybit tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.wire import Json

OTHER_RIGHTS: Final = (
    "Spot",
    "Options",
    "CopyTrading",
    "BlockTrade",
    "NFT",
    "Affiliate",
    "Earn",
    "FiatP2P",
    "FiatConvertBroker",
    "FiatGlobalPay",
    "FiatBitPay",
    "BitCard",
    "ByXPost",
)
"""Rights for products that the paper exchange does not offer; no key has them."""


def answer_key(account: Account, params: Body) -> Json:
    """Answer user/query-api: what the key may do."""
    rights = account.permissions
    wallet = ["AccountTransfer"] if rights.internal_transfer else []
    wallet += ["SubMemberTransfer"] if rights.universal_transfer else []
    wallet += ["Withdraw"] if rights.withdraw else []
    nothing: list[str] = []
    return {
        "id": str(account.uid),
        "note": account.label,
        "apiKey": account.api_key,
        "readOnly": 1 if rights.read_only else 0,
        "secret": "",
        "permissions": {
            "ContractTrade": ["Order", "Position"] if rights.trade else nothing,
            "Derivatives": ["DerivativesTrade"] if rights.trade else nothing,
            "Wallet": wallet,
            "Exchange": nothing,
            **dict.fromkeys(OTHER_RIGHTS, nothing),
        },
        "ips": list(rights.ip_whitelist) or ["*"],
        "type": 1,
        "deadlineDay": -1,
        "expiredAt": _iso(rights.expires_ms),
        "createdAt": _iso(account.created_ms),
        "unified": 0,
        "uta": 1 if rights.unified else 0,
        "userID": account.uid,
        "userIDInt64": str(account.uid),
        "inviterID": 0,
        "inviterIDInt64": "0",
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "affiliateIDInt64": "0",
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
    }


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
