"""What a Binance key may do; asked of the wallet's host and of the futures account.

Sources: https://developers.binance.com/docs/wallet/account/api-key-permission and
https://developers.binance.com/docs/derivatives/usds-margined-futures/account/rest-api/Account-Config
"""

from typing import Any

from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.clients import WALLET, Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.wire import field, text, time_of
from patriot_app.core.domain.key_facts import KeyPermissions

_PRIVATE = ["fapiPrivate"]
_PRIVATE_V3 = ["fapiPrivateV3"]

MONEY_RIGHTS = ("enableWithdrawals", "enableInternalTransfer", "permitsUniversalTransfer")
READING = "enableReading"
TRADING = "enableFutures"


async def fetch_permissions(caller: Caller, session: AccountSession) -> KeyPermissions:
    """Ask what the key may do; the test networks have no wallet host and no money to move.

    Binance tells whether a key is restricted to addresses and never which; a key that answers here
    lets ours in. Margin mode is a matter of each contract there.
    """
    row: dict[str, Any] = {READING: True, TRADING: True}
    if caller.endpoints.of(session.exchange, session.mode).wallet_rest:
        row = await caller.read(
            target_of(session), Call(WALLET, "account/apiRestrictions", "GET"), weight=1
        )
    can_read, can_trade = bool(row.get(READING)), bool(row.get(TRADING))
    one_way: bool | None = None
    multi_assets: bool | None = None
    uid = ""
    if can_trade and can_read:
        config = await caller.read(
            target_of(session), Call(_PRIVATE, "accountConfig", "GET"), {}, weight=5
        )
        one_way = not field(config, "dualSidePosition")
        multi_assets = bool(field(config, "multiAssetsMargin"))
        balances = await caller.read(
            target_of(session), Call(_PRIVATE_V3, "balance", "GET"), weight=5
        )
        # The futures account's own code; Binance tells the numeric uid to spot keys only.
        uid = next((text(item, "accountAlias") for item in balances), "")
    expires = row.get("tradingAuthorityExpirationTime")
    return KeyPermissions(
        can_read=can_read,
        can_trade=can_trade,
        is_read_only=False,
        money_rights=tuple(name for name in MONEY_RIGHTS if row.get(name)),
        missing_rights=tuple(name for name in (READING, TRADING) if not row.get(name)),
        is_ip_bound=bool(row.get("ipRestrict")),
        addresses=(),
        exchange_uid=uid,
        is_one_way=one_way,
        is_multi_assets=multi_assets,
        is_unified=None,
        margin_mode="",
        expires_at=time_of(expires) if expires else None,
    )
