"""User stream keys: one for each account, an hour long in wall time, kept over a restart."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError
from daemon.paper_exchange.commands import SetListenKey
from daemon.paper_exchange.engine import Engine

LIFETIME_MS: Final = 60 * 60 * 1000


def post_listen_key(call: Call) -> dict[str, Any]:
    """Return the account's key, a new one when it has none, and extend it."""
    now_ms = call.dialect.host.wall_ms()
    account = call.account
    key = account.listen_key if is_alive(account, now_ms) else _new_key(account, now_ms)
    _keep(call, key, now_ms + LIFETIME_MS)
    return {"listenKey": key}


def put_listen_key(call: Call) -> dict[str, Any]:
    """Extend the account's key."""
    now_ms = call.dialect.host.wall_ms()
    account = call.account
    if not is_alive(account, now_ms):
        raise WireError(
            -1125,
            "This listenKey does not exist. Please use POST /fapi/v1/listenKey to recreate "
            "listenKey",
        )
    _keep(call, account.listen_key, now_ms + LIFETIME_MS)
    return {"listenKey": account.listen_key}


def delete_listen_key(call: Call) -> dict[str, Any]:
    """End the account's key; its streams are told."""
    _keep(call, "", 0)
    return {}


def is_alive(account: Account, now_ms: int) -> bool:
    """Tell whether the account has a key that is not over."""
    return bool(account.listen_key) and now_ms < account.listen_key_expires_ms


def account_of(engine: Engine, listen_key: str, now_ms: int) -> Account | None:
    """Find the account of a living key."""
    for account in engine.accounts.values():
        if account.listen_key == listen_key and is_alive(account, now_ms):
            return account
    return None


def _keep(call: Call, key: str, expires_ms: int) -> None:
    command = SetListenKey(listen_key=key, expires_ms=expires_ms)
    call.engine.submit(call.account, command)


def _new_key(account: Account, now_ms: int) -> str:
    seed = f"{account.api_key}:{now_ms}".encode()
    secret = account.api_secret or account.public_key
    return hmac.new(secret.encode(), seed, hashlib.sha256).hexdigest()
