"""The few calls outside of the USDT-M futures that futures clients make at start-up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account, LedgerRow, LedgerType
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, invalid, missing
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.commands import Transfer
from daemon.paper_exchange.faults.maintenance import is_closed
from daemon.paper_exchange.ledger import truncate_money
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.state import ASSET

_OUT: Final = "UMFUTURE_MAIN"
_IN: Final = "MAIN_UMFUTURE"


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
    """Return the coins of the spot wallet."""
    bases = [spec.base for spec in call.engine.instruments.values()]
    return [
        {
            "coin": coin,
            "depositAllEnable": True,
            "withdrawAllEnable": True,
            "name": coin,
            "free": plain(spot_balance(call.account)) if coin == ASSET else "0",
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


def post_transfer(call: Call) -> dict[str, Any]:
    """Move USDT between the futures account and the spot wallet."""
    parameters = call.parameters
    parameters.required("type")
    kind = parameters.word("type", (_OUT, _IN))
    asset, amount = parameters.required("asset"), parameters.decimal("amount")
    if amount is None:
        raise missing("amount")
    if asset != ASSET:
        raise WireError(-1126, "This asset is not supported.")
    if truncate_money(amount) <= 0:
        raise invalid("amount")
    if not call.account.permissions.universal_transfer:
        raise WireError(-1002, "You are not authorized to execute this request.", status=401)
    if kind == _IN and amount > spot_balance(call.account):
        raise WireError(-5013, "Asset transfer failed: insufficient balance")
    call.engine.submit(call.account, Transfer(amount=amount if kind == _IN else -amount))
    return {"tranId": _transfers(call.account)[-1].transaction_id}


def get_transfers(call: Call) -> dict[str, Any]:
    """List transfers of one direction, latest first."""
    call.parameters.required("type")
    kind = call.parameters.word("type", (_OUT, _IN))
    size = call.parameters.integer("size", 10) or 10
    page = call.parameters.integer("current", 1) or 1
    if size < 1 or page < 1:
        raise invalid("size" if size < 1 else "current")
    start_ms, end_ms = call.time_range()
    rows = [
        row
        for row in reversed(_transfers(call.account))
        if (row.amount > 0) is (kind == _IN)
        and (start_ms or 0) <= row.time_ms
        and (end_ms is None or row.time_ms <= end_ms)
    ]
    size = min(size, 100)
    chosen = rows[(page - 1) * size : page * size]
    return {"total": len(rows), "rows": [_transfer_row(row, kind) for row in chosen]}


def spot_balance(account: Account) -> Decimal:
    """Return what transfers left in the spot wallet; what it lacks came from outside."""
    balance = ZERO
    for row in _transfers(account):
        balance = max(ZERO, balance - row.amount)
    return balance


def get_account_status(call: Call) -> dict[str, Any]:
    """Return that nothing is held against the account."""
    return {"data": "Normal"}


def get_account_info(call: Call) -> dict[str, Any]:
    """Return which products the account may use."""
    return {
        "vipLevel": call.account.fee_tier,
        "isMarginEnabled": False,
        "isFutureEnabled": True,
        "isOptionsEnabled": False,
        "isPortfolioMarginRetailEnabled": False,
    }


def get_spot_trading_status(call: Call) -> dict[str, Any]:
    """Return that the account's trading outside of futures is not locked."""
    triggers = {"GCR": 150, "IFER": 150, "UFR": 300}
    status = {
        "isLocked": False,
        "plannedRecoverTime": 0,
        "triggerCondition": triggers,
        "updateTime": call.account.updated_ms,
    }
    return {"data": status}


def _transfers(account: Account) -> list[LedgerRow]:
    return [row for row in account.ledger if row.type is LedgerType.TRANSFER]


def _transfer_row(row: LedgerRow, kind: str) -> dict[str, Any]:
    return {
        "asset": row.asset,
        "amount": money(abs(row.amount)),
        "type": kind,
        "status": "CONFIRMED",
        "tranId": row.transaction_id,
        "timestamp": row.time_ms,
    }


def get_no_pairs(call: Call) -> list[Any]:
    """Return the margin pairs: none are listed."""
    return []


def get_no_movements(call: Call) -> list[Any]:
    """Return deposits or withdrawals of coins: money comes and goes by the control only."""
    return []


def get_system_status(call: Call) -> dict[str, Any]:
    """Tell whether the system works; what is planned nobody learns here."""
    if is_closed(call.dialect.host.faults, "binance"):
        return {"status": 1, "msg": "system_maintenance"}
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
