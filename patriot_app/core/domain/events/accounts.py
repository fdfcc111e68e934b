"""Exchange accounts and the keys to them."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import AccountEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(AccountEvent):
    exchange: str
    mode: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatusChanged(AccountEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParked(AccountEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnparked(AccountEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReady(AccountEvent):
    open_orders: int
    open_positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNotReady(AccountEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSubmitted(AccountEvent):
    masked_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialVerified(AccountEvent):
    masked_key: str
    exchange_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRejected(AccountEvent):
    masked_key: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRevoked(AccountEvent):
    masked_key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverageSet(AccountEvent):
    symbol: str
    leverage: int
