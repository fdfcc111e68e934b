"""Exchange accounts and the keys to them."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import AccountEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(AccountEvent):
    exchange: str
    mode: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAddressAssigned(AccountEvent):
    """From which address its requests leave from now on; exchanges see the public one."""

    local: str
    public: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatusChanged(AccountEvent):
    previous: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUnlinked(AccountEvent):
    """The desk and the account have nothing more to do with each other; its key is destroyed."""

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
class CredentialChecked(AccountEvent):
    """A look at a key came to something else than the one before."""

    masked_key: str
    outcome: str
    issues: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialWaiting(AccountEvent):
    """The exchange did not answer; the key is tried again by itself."""

    masked_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialReplaced(AccountEvent):
    masked_key: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialQuarantined(AccountEvent):
    """The key does not work any more; nothing can be done on the account, not even exits."""

    masked_key: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialDidNotOpen(AccountEvent):
    """What is stored does not open: another key, a changed or a copied box."""

    masked_key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialExpiresSoon(AccountEvent):
    masked_key: str
    expires_on: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRenewalAsked(AccountEvent):
    masked_key: str
    age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLockedDown(AccountEvent):
    """The key was used in a way that we cannot explain: exits only, until somebody looked."""

    rule: str
    title: str
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownNoted(AccountEvent):
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownEnded(AccountEvent):
    """A person decided: restored or terminated."""

    rule: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverageSet(AccountEvent):
    symbol: str
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyFound(AccountEvent):
    """Our books and the exchange differ; `parks` stops the account's entries."""

    kind: str
    what: str
    local: str
    reported: str
    cause: str
    parks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyDecided(AccountEvent):
    """A person decided what becomes of a difference."""

    kind: str
    what: str
    decision: str
    reason: str
    is_solo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyResolved(AccountEvent):
    kind: str
    what: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSynced(AccountEvent):
    """Somebody had an account read afresh."""

    kind: str
    state: str
    differed: int
    changed: int
