"""An account is one customer's key on one exchange; its mode alone says where it trades."""

from enum import StrEnum


class Exchange(StrEnum):
    BINANCE = "binance"
    BYBIT = "bybit"


class AccountMode(StrEnum):
    LIVE = "live"
    TESTNET = "testnet"
    DEMO = "demo"
    PAPER = "paper"


ENVIRONMENT_LETTER = {
    AccountMode.LIVE: "l",
    AccountMode.TESTNET: "t",
    AccountMode.DEMO: "d",
    AccountMode.PAPER: "p",
}
"""The letter in a client order id."""


class AccountStatus(StrEnum):
    """What the desk wants of an account; whether it is parked is the daemon's separate fact."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DISABLED = "disabled"


TRANSITIONS = {
    AccountStatus.ACTIVE: frozenset({AccountStatus.SUSPENDED, AccountStatus.DISABLED}),
    AccountStatus.SUSPENDED: frozenset({AccountStatus.ACTIVE, AccountStatus.DISABLED}),
    AccountStatus.DISABLED: frozenset({AccountStatus.ACTIVE}),
}


def shard_of(account_id_int: int, *, shards: int) -> int:
    """Return the shard of an account: the low bits of its random id."""
    return account_id_int % shards
