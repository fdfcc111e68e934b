"""Bybit's asset endpoints: coins, transfers between an owner's own wallets, deposits, withdrawals.

An account has two wallets: UNIFIED, which trades, and FUND, which holds what was moved out of it.
Source: https://bybit-exchange.github.io/docs/v5/asset/transfer/create-inter-transfer
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from daemon.paper_exchange.accounts import Account, LedgerRow, LedgerType
from daemon.paper_exchange.bybit.errors import BybitError, Code
from daemon.paper_exchange.bybit.ids import transfer_uuid
from daemon.paper_exchange.bybit.order_entry import Body, amount
from daemon.paper_exchange.bybit.paging import WEEK_MS, take_page, time_range
from daemon.paper_exchange.bybit.wire import Json, text
from daemon.paper_exchange.commands import Transfer
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.refusals import Refused
from daemon.paper_exchange.state import ASSET

UNIFIED: Final = "UNIFIED"
FUND: Final = "FUND"
_REFERENCE: Final = "reference"
"""Where a ledger row has the client's own id of a transfer."""
_DIGITS: Final = Decimal("1E-8")
ACCOUNT_TYPES: Final = frozenset({UNIFIED, FUND})
Answer = Callable[[Account, Body], Json]


class Assets:
    """Answers the asset endpoints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read_routes(self) -> Mapping[str, Answer]:
        """List the signed GET endpoints."""
        transfer = "/v5/asset/transfer"
        return {
            "/v5/asset/coin/query-info": _coin_info,
            "/v5/asset/delivery-record": _no_list,
            "/v5/asset/deposit/query-record": _no_rows,
            "/v5/asset/deposit/query-internal-record": _no_rows,
            "/v5/asset/settlement-record": _no_list,
            "/v5/asset/withdraw/query-record": _no_rows,
            f"{transfer}/query-account-coin-balance": self.coin_balance,
            f"{transfer}/query-account-coins-balance": self.coin_balances,
            f"{transfer}/query-inter-transfer-list": self.transfers,
            f"{transfer}/query-transfer-coin-list": _transfer_coins,
            f"{transfer}/query-universal-transfer-list": _no_list,
        }

    def write_routes(self) -> Mapping[str, Answer]:
        """List the signed POST endpoints."""
        return {
            "/v5/asset/transfer/inter-transfer": self.transfer,
            "/v5/asset/transfer/universal-transfer": self.transfer_to_member,
            "/v5/asset/withdraw/create": _withdraw,
        }

    def transfer(self, account: Account, body: Body) -> Json:
        """Answer asset/transfer/inter-transfer: move USDT between the two wallets at once."""
        if not account.permissions.internal_transfer:
            raise BybitError(Code.PERMISSION)
        transfer_id = _transfer_id(body)
        if any(row.details.get(_REFERENCE) == transfer_id for row in _transfer_rows(account)):
            raise BybitError(Code.TRANSFER_ID_EXISTS)
        source, target = _account_type(body, "from"), _account_type(body, "to")
        if source == target:
            raise BybitError(Code.TRANSFER_SAME_ACCOUNT)
        value = amount(body, "amount")
        if body.get("coin") != ASSET or not value:
            raise BybitError(Code.TRANSFER_AMOUNT)
        if value != value.quantize(_DIGITS):
            raise BybitError(Code.TRANSFER_ACCURACY)
        self._engine.enter()
        if source == FUND and value > fund_balance(account):
            raise BybitError(Code.TRANSFER_BALANCE)
        try:
            moved = value if source == FUND else -value
            change = Transfer(amount=moved, reference=transfer_id)
            self._engine.submit(account, change)
        except Refused:
            raise BybitError(Code.TRANSFER_BALANCE) from None
        return {"transferId": transfer_id, "status": "SUCCESS"}

    def transfer_to_member(self, account: Account, body: Body) -> Json:
        """Answer asset/transfer/universal-transfer: accounts here have no members."""
        if not account.permissions.universal_transfer:
            raise BybitError(Code.PERMISSION)
        raise BybitError(Code.TRANSFER_MEMBER)

    def transfers(self, account: Account, params: Body) -> Json:
        """Answer asset/transfer/query-inter-transfer-list, newest first."""
        self._engine.enter()
        start, end = time_range(params, now_ms=self._engine.time_ms, span_ms=WEEK_MS)
        found = (row for row in reversed(_transfer_rows(account)) if start <= row.time_ms <= end)
        page, cursor = take_page(
            found, key=lambda row: (row.row_id, 0, 0), params=params, default=20, most=50
        )
        wanted = params.get("transferId")
        rows = [_transfer_row(row) for row in page]
        rows = [row for row in rows if wanted in (None, "", row["transferId"])]
        return {"list": rows, "nextPageCursor": cursor}

    def coin_balance(self, account: Account, params: Body) -> Json:
        """Answer asset/transfer/query-account-coin-balance."""
        kind = _account_type(params, "")
        return {
            "accountType": kind,
            "bizType": 1,
            "accountId": str(account.uid),
            "memberId": str(account.uid),
            "balance": self._balance(account, kind, str(params.get("coin") or ASSET))
            | {"transferSafeAmount": "", "ltvTransferSafeAmount": ""},
        }

    def coin_balances(self, account: Account, params: Body) -> Json:
        """Answer asset/transfer/query-account-coins-balance."""
        kind = _account_type(params, "")
        coins = str(params.get("coin") or ASSET).split(",")[:10]
        rows = [self._balance(account, kind, coin) for coin in coins]
        return {"memberId": str(account.uid), "accountType": kind, "balance": rows}

    def _balance(self, account: Account, kind: str, coin: str) -> Json:
        self._engine.enter()
        wallet = free = ZERO
        if coin == ASSET:
            wallet = account.wallet_balance if kind == UNIFIED else fund_balance(account)
            free = self._engine.margin(account).withdrawable if kind == UNIFIED else wallet
        return {
            "coin": coin,
            "transferBalance": text(free),
            "walletBalance": text(wallet),
            "bonus": "0",
        }


def fund_balance(account: Account) -> Decimal:
    """Return what the FUND wallet holds: what left the trading wallet and has not come back."""
    balance = ZERO
    for row in account.ledger:
        if row.type is LedgerType.TRANSFER:
            balance = max(ZERO, balance - row.amount)
    return balance


def _transfer_rows(account: Account) -> list[LedgerRow]:
    return [row for row in account.ledger if row.type is LedgerType.TRANSFER]


def _transfer_row(row: LedgerRow) -> Json:
    out = row.amount < 0
    return {
        "transferId": row.details.get(_REFERENCE) or f"selfTransfer_{transfer_uuid(row.row_id)}",
        "coin": row.asset,
        "amount": text(abs(row.amount)),
        "fromAccountType": UNIFIED if out else FUND,
        "toAccountType": FUND if out else UNIFIED,
        "timestamp": str(row.time_ms),
        "status": "SUCCESS",
    }


def _transfer_id(body: Body) -> str:
    word = str(body.get("transferId") or "")
    try:
        return str(UUID(word))
    except ValueError:
        raise BybitError(Code.TRANSFER_PARAMETER) from None


def _account_type(params: Body, direction: str) -> str:
    name = f"{direction}AccountType" if direction else "accountType"
    kind = str(params.get(name) or "")
    if kind not in ACCOUNT_TYPES:
        raise BybitError(Code.TRANSFER_PARAMETER)
    return kind


def _coin_info(account: Account, params: Body) -> Json:
    """Answer asset/coin/query-info: the one coin that wallets hold."""
    chain = {
        "chain": "ETH",
        "chainType": "Ethereum",
        "confirmation": "12",
        "safeConfirmNumber": "64",
        "chainDeposit": "0",
        "chainWithdraw": "0",
        "depositMin": "0",
        "withdrawMin": "0",
        "withdrawFee": "0",
        "withdrawPercentageFee": "0",
        "withdrawMax": "0",
        "minAccuracy": "8",
        "contractAddress": "",
    }
    row = {"name": ASSET, "coin": ASSET, "remainAmount": "0", "chains": [chain]}
    return {"rows": [row] if params.get("coin") in (None, "", ASSET) else []}


def _transfer_coins(account: Account, params: Body) -> Json:
    """Answer asset/transfer/query-transfer-coin-list."""
    return {"list": [ASSET]}


def _withdraw(account: Account, body: Body) -> Json:
    """Answer asset/withdraw/create: no coin leaves a paper exchange by this way."""
    if not account.permissions.withdraw:
        raise BybitError(Code.PERMISSION)
    raise BybitError(Code.WITHDRAWAL_CLOSED)


def _no_rows(account: Account, params: Body) -> Json:
    nothing: list[Any] = []
    return {"rows": nothing, "nextPageCursor": ""}


def _no_list(account: Account, params: Body) -> Json:
    nothing: list[Any] = []
    return {"list": nothing, "nextPageCursor": ""}
