"""What a Bybit key may do, and how the account behind it is set.

Sources: https://bybit-exchange.github.io/docs/v5/user/apikey-info and
https://bybit-exchange.github.io/docs/v5/account/account-info
"""

from datetime import UTC, datetime
from typing import Any

from daemon.exchanges.calls import Caller, target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.wire import field, rows_of, text
from patriot_app.core.domain.key_facts import KeyPermissions

MONEY_RIGHTS = ("Withdraw", "AccountTransfer", "SubMemberTransfer", "SubMemberTransferList")
TRADE_RIGHTS = ("Order", "Position")
ANY_ADDRESS = "*"

_PRIVATE = ["private"]
_MARGIN_MODES = {
    "REGULAR_MARGIN": "cross",
    "ISOLATED_MARGIN": "isolated",
    "PORTFOLIO_MARGIN": "portfolio",
}


async def fetch_permissions(caller: Caller, session: AccountSession) -> KeyPermissions:
    """Ask what the key may do; modes are asked only where it may trade."""
    row = await _ask(caller, session, "v5/user/query-api", {})
    granted = field(row, "permissions")
    contract = set(granted.get("ContractTrade") or ())
    wallet = set(granted.get("Wallet") or ())
    addresses = tuple(address for address in row.get("ips") or () if address)
    is_bound = bool(addresses) and ANY_ADDRESS not in addresses
    is_read_only = row.get("readOnly") != 0
    missing = tuple(f"ContractTrade.{name}" for name in TRADE_RIGHTS if name not in contract)
    can_trade = not is_read_only and not missing
    one_way: bool | None = None
    margin_mode = ""
    if can_trade:
        one_way = await _is_one_way(caller, session)
        info = await _ask(caller, session, "v5/account/info", {})
        margin_mode = _MARGIN_MODES.get(text(info, "marginMode"), "")
    return KeyPermissions(
        can_read=True,
        can_trade=can_trade,
        is_read_only=is_read_only,
        money_rights=tuple(f"Wallet.{name}" for name in MONEY_RIGHTS if name in wallet),
        missing_rights=missing,
        is_ip_bound=is_bound,
        addresses=addresses if is_bound else (),
        exchange_uid=text(row, "userID"),
        is_one_way=one_way,
        is_multi_assets=None,
        is_unified=None if row.get("uta") is None else row["uta"] == 1,
        margin_mode=margin_mode,
        expires_at=_expiry(text(row, "expiredAt")),
    )


async def _is_one_way(caller: Caller, session: AccountSession) -> bool:
    result = await _ask(
        caller, session, "v5/position/list", {"category": "linear", "symbol": "BTCUSDT"}
    )
    return all(int(row.get("positionIdx") or 0) == 0 for row in rows_of(field(result, "list")))


async def _ask(caller: Caller, session: AccountSession, path: str, params: dict[str, Any]) -> Any:
    return await caller.read(target_of(session), Call(_PRIVATE, path, "GET"), params, weight=1)


def _expiry(value: str) -> datetime | None:
    """Return when a key expires; Bybit writes 1970 for never."""
    if not value:
        return None
    moment = datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC)
    return moment if moment.year > 1970 else None
