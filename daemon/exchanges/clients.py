"""ccxt instances that sign; nothing else of ccxt is used on the way of an order.

ccxt knows the addresses, the parameter encoding and the signature of each exchange. One template
per exchange and mode is copied per account (about 10 KB each instead of megabytes); what an account
may change is its own.
"""

import copy
import hashlib
import hmac
import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from daemon.exchanges.ccxt_import import load_ccxt_classes
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.transport import HttpRequest
from patriot_app.core.domain.accounts import AccountMode, Exchange

# At DEBUG ccxt logs every header, and with them the API key.
logging.getLogger("ccxt").setLevel(logging.WARNING)

_CCXT = load_ccxt_classes()

_PLAIN_TYPES = frozenset({str, int})
"""Of values that stand in a query as they are printed; a bool is a type of its own here."""
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9_.~=&-]+")


class _PinnedBybit(_CCXT.bybit):  # type: ignore[name-defined, misc]
    """Bybit's signer takes its time from `nonce()`: let it be the time we pinned."""

    pinned_ms = 0

    def nonce(self) -> int:
        return self.pinned_ms


class _PlainBinance(_CCXT.binanceusdm):  # type: ignore[name-defined, misc]
    """Binance's signer spends most of its time on quoting what needs no quotes."""

    @staticmethod
    def urlencode(params: dict[str, Any] = {}, *rest: Any, **options: Any) -> str:  # noqa: B006
        """Encode like ccxt, byte for byte; parameters of plain characters are only joined."""
        plain = all(type(value) in _PLAIN_TYPES for value in params.values())
        if plain and not rest and not options:
            joined = "&".join([f"{name}={value}" for name, value in params.items()])
            # As many separators as we put there: none came out of a name or a value.
            if (
                _PLAIN_QUERY.fullmatch(joined)
                and joined.count("=") == len(params)
                and joined.count("&") == len(params) - 1
            ):
                return joined
        encoded: str = _CCXT.binanceusdm.urlencode(params, *rest, **options)
        return encoded


CLASSES: dict[Exchange, Any] = {
    Exchange.BINANCE: _PlainBinance,
    Exchange.BYBIT: _PinnedBybit,
}


WALLET = ["sapi"]
"""Binance's section for wallets and keys: another host, whose troubles are not those of the futures."""


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint: ccxt's section of the API, the path below it and the verb.

    Attributes:
        stamped: carries our timestamp; Binance's listenKey calls have the key alone.
    """

    section: list[str]
    path: str
    method: str
    stamped: bool = True


class SigningClient:
    """One account's signer, or an exchange's public one without a key."""

    __slots__ = ("_ccxt", "_exchange")

    def __init__(self, exchange: Exchange, ccxt_client: Any) -> None:
        self._exchange = exchange
        self._ccxt = ccxt_client

    @property
    def api_key(self) -> str:
        return str(self._ccxt.apiKey)

    def sign(
        self,
        call: Call,
        params: dict[str, Any],
        *,
        timestamp_ms: int = 0,
        receive_window_ms: int = 0,
    ) -> HttpRequest:
        """Build the request; a private one carries exactly this timestamp and window."""
        client = self._ccxt
        if timestamp_ms and call.stamped:
            if self._exchange is Exchange.BINANCE:
                params["timestamp"] = timestamp_ms
                params["recvWindow"] = receive_window_ms
            else:
                client.pinned_ms = timestamp_ms
                client.options["recvWindow"] = receive_window_ms
        signed = client.sign(call.path, call.section, call.method, params)
        return HttpRequest(signed["method"], signed["url"], signed["headers"] or {}, signed["body"])

    def hmac_hex(self, text: str) -> str:
        """Return the account's HMAC-SHA256 over a text, for the login of a Bybit stream."""
        return hmac.new(self._ccxt.secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class ClientPool:
    """Templates and the accounts' copies of them."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._templates: dict[tuple[Exchange, AccountMode], Any] = {}
        self._clients: dict[Any, tuple[AccountSession, SigningClient]] = {}

    def of(self, session: AccountSession) -> SigningClient:
        """Return the account's signer; a new session brings a new key and replaces it."""
        known = self._clients.get(session.account_id)
        if known is not None and known[0] is session:
            return known[1]
        client = SigningClient(session.exchange, self._copy_for(session))
        self._clients[session.account_id] = (session, client)
        return client

    def public(self, exchange: Exchange, mode: AccountMode) -> SigningClient:
        """Return a client without a key."""
        return SigningClient(exchange, self._template(exchange, mode))

    def forget(self, account_id: Any) -> None:
        """Drop the account's signer and with it the opened key."""
        self._clients.pop(account_id, None)

    def _copy_for(self, session: AccountSession) -> Any:
        client = copy.copy(self._template(session.exchange, session.mode))
        client.apiKey = session.credentials.api_key.reveal()
        client.secret = session.credentials.api_secret.reveal()
        # A shallow copy shares these with the template: what signing writes must be the account's.
        client.options = dict(client.options)
        client.headers = {}
        assert client.maxRetriesOnFailure == 0
        assert client.verbose is False
        return client

    def _template(self, exchange: Exchange, mode: AccountMode) -> Any:
        template = self._templates.get((exchange, mode))
        if template is None:
            template = self._templates[exchange, mode] = self._build(exchange, mode)
        return template

    def _build(self, exchange: Exchange, mode: AccountMode) -> Any:
        template = CLASSES[exchange](
            {"enableRateLimit": False, "verbose": False, "maxRetriesOnFailure": 0}
        )
        addresses = self._endpoints.of(exchange, mode)
        api = dict(template.urls["api"])
        for name, url in api.items():
            if not isinstance(url, str):
                continue
            base = addresses.wallet_rest if name.startswith("sapi") else addresses.rest
            api[name] = base + urlsplit(url.replace("{hostname}", "host")).path
        template.urls = {**template.urls, "api": api}
        template.maxRetriesOnFailure = 0
        return template
