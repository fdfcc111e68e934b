"""Who may ask what, and how often: keys, signatures, addresses, limits; all on the wire clock."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.errors import BybitError, Code
from daemon.paper_exchange.bybit.limits import Allowance, Limiter
from daemon.paper_exchange.bybit.order_entry import Body
from daemon.paper_exchange.bybit.signing import (
    check_signature,
    check_stream_login,
    check_window,
    read_headers,
)
from daemon.paper_exchange.engine import Engine


class Gate:
    """The checks that come before every signed request, over HTTP and over a websocket."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._limiter = Limiter()

    def is_address_allowed(self, address: str, *, now_ms: int) -> bool:
        """Count one request of an address; False once it is banned."""
        return self._limiter.is_address_allowed(address, now_ms=now_ms)

    def account_of(self, api_key: str) -> Account:
        """Find the account of a key; 10003 without one."""
        account = self._engine.accounts.get(api_key)
        if account is None:
            raise BybitError(Code.API_KEY)
        return account

    def sign_in(
        self, headers: Mapping[str, str], *, address: str, payload: bytes, now_ms: int
    ) -> Account:
        """Find the account that signed a request.

        Raises:
            BybitError: 10003, 10002, 10004, 10010 or 33004, in this order.
        """
        signed = read_headers(headers)
        account = self.account_of(signed.api_key)
        check_window(signed.timestamp, signed.recv_window, now_ms=now_ms)
        check_signature(signed, secret=account.api_secret, payload=payload)
        self.check_key(account, address=address, now_ms=now_ms)
        return account

    def sign_in_stream(self, args: object, *, address: str, now_ms: int) -> Account:
        """Find the account that signed a websocket's auth: key, expiry, signature.

        Raises:
            BybitError: 10001, 10003, 10004, 10010, 33004, or 10005 for a key that may not read.
        """
        if not isinstance(args, list) or len(args) != 3:
            raise BybitError(Code.PARAMETER, message="Params Error")
        api_key, expires, signature = (str(arg) for arg in args)
        account = self.account_of(api_key)
        check_stream_login(account.api_secret, expires, signature, now_ms=now_ms)
        self.check_key(account, address=address, now_ms=now_ms)
        if not account.permissions.read:
            raise BybitError(Code.PERMISSION)
        return account

    def check_key(self, account: Account, *, address: str, now_ms: int) -> None:
        """Refuse a key from a foreign address or one that has expired."""
        rights = account.permissions
        if rights.ip_whitelist and address not in rights.ip_whitelist:
            raise BybitError(Code.IP_MISMATCH)
        if rights.expires_ms and rights.expires_ms <= now_ms:
            raise BybitError(Code.KEY_EXPIRED)

    def take(
        self, account: Account, path: str, body: Body, *, is_read: bool, now_ms: int
    ) -> Allowance:
        """Count a signed request; a batch counts each of its orders."""
        batch = body.get("request")
        weight = max(1, len(batch)) if isinstance(batch, list) else 1
        return self._limiter.take(
            str(account.uid), path, is_read=is_read, now_ms=now_ms, weight=weight
        )

    def check_right(self, account: Account, *, is_read: bool) -> None:
        """Refuse what the key may not do."""
        if not (account.permissions.read if is_read else account.permissions.trade):
            raise BybitError(Code.PERMISSION)
