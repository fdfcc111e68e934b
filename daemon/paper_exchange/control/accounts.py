"""Accounts: opening them, looking at them, and what their owners do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.accounts import Account, Permissions
from daemon.paper_exchange.binance.public_keys import PEM_MAX, read_public_key
from daemon.paper_exchange.commands import (
    ClosePosition,
    CreateAccount,
    SetFeeTier,
    SetPermissions,
    Transfer,
)
from daemon.paper_exchange.control.serving import Command, Missing
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.fields import Fields, InvalidField
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.orders import PositionSide

ACCOUNTS_MAX: Final = 20_000
_HIDDEN: Final = frozenset({"api_secret", "listen_key"})
_FLAGS: Final = (
    "read",
    "trade",
    "withdraw",
    "internal_transfer",
    "universal_transfer",
    "unified",
    "multi_assets",
)


class AccountControl:
    """The work of the account paths."""

    def __init__(self, host: PaperHost) -> None:
        self._host = host

    async def list_accounts(self, command: Command) -> object:
        """List every account in short."""
        return [
            {
                "exchange": name,
                "api_key": account.api_key,
                "label": account.label,
                "uid": account.uid,
                "wallet_balance": account.wallet_balance,
                "positions": sum(1 for held in account.positions.values() if held.quantity),
                "open_orders": len(account.open_orders),
                "trades": len(account.trades),
            }
            for name, engine in self._host.engines.items()
            for account in engine.accounts.values()
        ]

    async def create_account(self, command: Command) -> object:
        """Open an account (exchange, api_key, api_secret, balance, label, permissions, leverage).

        On Binance public_key, the PEM of an Ed25519 or RSA key, may stand for api_secret. The
        same key again returns the account as it is.
        """
        fields = command.fields
        engine = find_engine(self._host, fields.text("exchange"), is_field=True)
        public_key = _public_key(fields, engine)
        balance = fields.amount("balance", "0", positive=False)
        if balance < 0:
            raise InvalidField("balance", "must not be negative")
        group = fields.group("permissions")
        creation = CreateAccount(
            api_key=fields.text("api_key", empty=False),
            api_secret="" if public_key else fields.text("api_secret", empty=False),
            public_key=public_key,
            label=fields.text("label", ""),
            balance=balance,
            permissions=_permissions(Permissions(), group),
            leverage=fields.optional_integer("leverage", least=1, most=200),
        )
        fields.finish()
        if len(engine.accounts) >= ACCOUNTS_MAX and creation.api_key not in engine.accounts:
            raise InvalidField("api_key", f"an exchange has at most {ACCOUNTS_MAX} accounts")
        return dump_account(engine.create_account(creation), history=False)

    async def show_account(self, command: Command) -> object:
        """Show all that the exchange knows about an account, its secret left out."""
        engine, account = find_account(self._host, command)
        engine.enter()
        return dump_account(account, history=True)

    async def deposit(self, command: Command) -> object:
        """Move USDT into an account (amount)."""
        return self._transfer(command, 1)

    async def withdraw(self, command: Command) -> object:
        """Move USDT out of an account (amount)."""
        return self._transfer(command, -1)

    async def set_permissions(self, command: Command) -> object:
        """Change what a key may do (read, trade, withdraw, ip_whitelist, expires_ms, ...)."""
        engine, account = find_account(self._host, command)
        permissions = _permissions(account.permissions, command.fields)
        engine.submit(account, SetPermissions(permissions=permissions))
        return dump_account(account, history=False)

    async def set_fee_tier(self, command: Command) -> object:
        """Choose the commission that an account pays (tier, from 0)."""
        engine, account = find_account(self._host, command)
        tier = command.fields.integer("tier", most=100)
        command.fields.finish()
        engine.submit(account, SetFeeTier(tier=tier))
        return dump_account(account, history=False)

    async def close_position(self, command: Command) -> object:
        """Close a position at the market as if by hand elsewhere (symbol, position_side)."""
        engine, account = find_account(self._host, command)
        fields = command.fields
        symbol = fields.text("symbol", empty=False)
        side = PositionSide(fields.choice("position_side", tuple(PositionSide), "BOTH"))
        fields.finish()
        engine.submit(account, ClosePosition(symbol=symbol, position_side=side))
        return dump_account(account, history=False)

    def _transfer(self, command: Command, sign: int) -> object:
        engine, account = find_account(self._host, command)
        amount = command.fields.amount("amount")
        command.fields.finish()
        engine.submit(account, Transfer(amount=amount * Decimal(sign)))
        return dump_account(account, history=False)


def find_engine(host: PaperHost, name: str, *, is_field: bool = False) -> Engine:
    """Return an exchange's engine, or refuse an unknown name."""
    engine = host.engines.get(name)
    if engine is None:
        if is_field:
            raise InvalidField("exchange", f"must be one of {', '.join(host.engines)}")
        raise Missing(f"no exchange {name}")
    return engine


def find_account(host: PaperHost, command: Command) -> tuple[Engine, Account]:
    """Return the account that the path names, or refuse an unknown one."""
    engine = find_engine(host, command.named["exchange"])
    account = engine.accounts.get(command.named["api_key"])
    if account is None:
        raise Missing("no such account")
    return engine, account


def dump_account(account: Account, *, history: bool) -> dict[str, Any]:
    """Return an account's facts, its history as numbers of rows or whole."""
    whole = {
        name: getattr(account, name) for name in Account.__dataclass_fields__ if name not in _HIDDEN
    }
    if not history:
        for name in ("orders", "conditionals", "trades", "ledger"):
            whole[name] = len(whole[name])
        del whole["client_order_ids"], whole["client_conditional_ids"]
    return whole


def _public_key(fields: Fields, engine: Engine) -> str:
    """Read the public half of a key that signs with its private half; '' for an HMAC key."""
    pem = fields.text("public_key", "", longest=PEM_MAX)
    if not pem:
        return ""
    if engine.profile.name != "binance":
        raise InvalidField("public_key", "is for Binance; give api_secret")
    if "api_secret" in fields:
        raise InvalidField("public_key", "stands for api_secret; give one of them")
    try:
        read_public_key(pem)
    except ValueError as error:
        raise InvalidField("public_key", str(error)) from None
    return pem


def _permissions(before: Permissions, fields: Fields) -> Permissions:
    changes: dict[str, Any] = {name: fields.flag(name) for name in _FLAGS if name in fields}
    if "expires_ms" in fields:
        changes["expires_ms"] = fields.integer("expires_ms")
    if "ip_whitelist" in fields:
        changes["ip_whitelist"] = fields.texts("ip_whitelist")
    fields.finish()
    return replace(before, **changes)
