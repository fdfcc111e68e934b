"""What a Binance key may do; asked of the wallet's host and of the futures account."""

from typing import Any

from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.wire import field, text, time_of
from patriot_app.core.domain.credentials import KeyPermissions

_PRIVATE = ["fapiPrivate"]
_PRIVATE_V3 = ["fapiPrivateV3"]
_WALLET = ["sapi"]


async def fetch_permissions(caller: Caller, session: AccountSession) -> KeyPermissions:
    """Ask what the key may do; the test networks have no wallet host and no money to move."""
    row: dict[str, Any] = {"enableReading": True, "enableFutures": True}
    if caller.endpoints.of(session.exchange, session.mode).wallet_rest:
        row = await caller.read(
            target_of(session), Call(_WALLET, "account/apiRestrictions", "GET"), weight=1
        )
    expires = row.get("tradingAuthorityExpirationTime")
    one_way: bool | None = None
    uid = ""
    if row.get("enableFutures"):
        dual = await caller.read(
            target_of(session), Call(_PRIVATE, "positionSide/dual", "GET"), {}, weight=30
        )
        one_way = not field(dual, "dualSidePosition")
        balances = await caller.read(
            target_of(session), Call(_PRIVATE_V3, "balance", "GET"), weight=5
        )
        # The futures account's own code; Binance tells the numeric uid to spot keys only.
        uid = next((text(item, "accountAlias") for item in balances), "")
    return KeyPermissions(
        can_read=bool(row.get("enableReading")),
        can_trade=bool(row.get("enableFutures")),
        can_move_money=any(
            row.get(name)
            for name in (
                "enableWithdrawals",
                "enableInternalTransfer",
                "permitsUniversalTransfer",
            )
        ),
        is_ip_bound=bool(row.get("ipRestrict")),
        exchange_uid=uid,
        is_one_way=one_way,
        expires_at=time_of(expires) if expires else None,
    )
