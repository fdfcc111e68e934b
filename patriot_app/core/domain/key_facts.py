"""What is known of a key and demanded of it, and how what is wrong with it is said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from patriot_app.core.domain.accounts import AccountMode, Exchange


class Effect(StrEnum):
    """What follows; the later one is the graver one."""

    WARN = "warn"
    LOCK = "lock"
    """The account opens nothing more; it may close."""
    QUARANTINE = "quarantine"
    """The key is asked for nothing any more until somebody looked."""
    REFUSE = "refuse"
    """The key is destroyed."""


class KeyIssue(StrEnum):
    """What may be wrong with a key; one word each, for filters, statistics and tests."""

    MOVES_MONEY = "moves_money"
    CANNOT_READ = "cannot_read"
    READ_ONLY = "read_only"
    CANNOT_TRADE = "cannot_trade"
    UNBOUND = "unbound"
    ADDRESS_MISSING = "address_missing"
    ADDRESS_REFUSED = "address_refused"
    HEDGE_MODE = "hedge_mode"
    ISOLATED_MARGIN = "isolated_margin"
    PORTFOLIO_MARGIN = "portfolio_margin"
    MULTI_ASSETS = "multi_assets"
    NOT_UNIFIED = "not_unified"
    EXPIRED = "expired"
    EXPIRES_SOON = "expires_soon"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 — a word for what is wrong, not a secret
    ACCOUNT_TAKEN = "account_taken"
    OTHER_ACCOUNT = "other_account"
    RENEWAL_DUE = "renewal_due"


@dataclass(frozen=True, slots=True)
class KeyPermissions:
    """What an exchange says a key may do, and how the account behind it is set.

    Attributes:
        money_rights: rights to withdraw or transfer, by the exchange's own names.
        missing_rights: rights that trading needs and the key lacks, by the exchange's own names.
        is_ip_bound: it works from listed addresses only.
        addresses: the listed ones; empty where the exchange tells only whether there are any.
        exchange_uid: the exchange's id of the account behind the key.
        is_one_way, is_multi_assets, is_unified: None if the exchange does not tell or the key may
            not ask.
        margin_mode: "cross", "isolated", "portfolio"; "" if it is not told.
    """

    can_read: bool
    can_trade: bool
    is_read_only: bool
    money_rights: tuple[str, ...]
    missing_rights: tuple[str, ...]
    is_ip_bound: bool
    addresses: tuple[str, ...]
    exchange_uid: str
    is_one_way: bool | None
    is_multi_assets: bool | None
    is_unified: bool | None
    margin_mode: str
    expires_at: datetime | None

    @property
    def can_move_money(self) -> bool:
        return bool(self.money_rights)


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What the desk demands of a key.

    Attributes:
        require_bound_ip: refuse live keys that work from any address.
        egress: addresses that our requests for the account leave from, as its exchange sees them;
            empty where nobody knows them.
        connected_at: when the key was connected, None before.
        renew_after: how old a key may grow; None: as old as it likes.
        now: wire time.
    """

    exchange: Exchange
    mode: AccountMode
    require_bound_ip: bool
    egress: tuple[str, ...]
    now: datetime
    connected_at: datetime | None = None
    renew_after: timedelta | None = None

    @property
    def is_binding_required(self) -> bool:
        return self.mode is AccountMode.LIVE and self.require_bound_ip


@dataclass(frozen=True, slots=True)
class KeyFinding:
    """One thing that is wrong with a key: what, what to do next, and what follows."""

    issue: KeyIssue
    says: str
    do_next: str
    effect: Effect

    def __str__(self) -> str:
        return f"{self.says} {self.do_next}"
