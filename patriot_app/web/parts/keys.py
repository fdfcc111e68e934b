"""How the state of accounts and keys is worded; several pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.egress import EgressAddress, public_of
from patriot_app.core.queries.accounts import KeyView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.theme import Tone

ACCOUNT_STATES: dict[str, tuple[Tone, str]] = {
    "active": ("positive", "Active"),
    "suspended": ("warning", "Suspended"),
    "disabled": ("neutral", "Disabled"),
    "parked": ("danger", "Parked"),
}
KEY_STATES: dict[str, tuple[Tone, str]] = {
    "submitted": ("info", "Being verified"),
    "waiting": ("warning", "Waiting for the exchange"),
    "verified": ("positive", "Verified"),
    "rejected": ("danger", "Refused"),
    "quarantined": ("danger", "Quarantined"),
    "replaced": ("neutral", "Replaced"),
    "revoked": ("neutral", "Revoked"),
    "none": ("warning", "No key"),
}
EXCHANGES = {Exchange.BINANCE.value: "Binance USDT-M", Exchange.BYBIT.value: "Bybit v5 linear"}
MODES = {mode.value: mode.value.capitalize() for mode in AccountMode}
EXPIRES_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that a key may or may not do."""

    text: str
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as it may be shown."""

    id: str = ""
    masked: str = ""
    status: str = "none"
    connected: Moment = field(default_factory=Moment)
    checked: Moment = field(default_factory=Moment)
    expires: str = ""
    consent: str = ""
    chips: list[Chip] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    next_try: str = ""


def key_row(key: KeyView, *, now: datetime) -> KeyRow:
    """Show one key."""
    return KeyRow(
        id=str(key.id),
        masked=key.masked_key,
        status=key.status,
        connected=format.moment(key.created_at, now=now),
        checked=format.moment(key.checked_at, now=now),
        expires=f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "Never",
        consent=key.consent or format.EMPTY,
        chips=chips(key.permissions, expires_at=key.expires_at, now=now),
        reasons=list(key.rejection),
        advice=[
            f"{one['says']} {one['do_next']}" for one in key.findings if one["effect"] == "warn"
        ],
        next_try=f"{key.next_try_at:%H:%M:%S} UTC" if key.next_try_at else "",
    )


def bind_text(addresses: Sequence[EgressAddress], *, local: str = "") -> str:
    """Say to which addresses a key is to be bound, before it is entered.

    Args:
        local: that the account leaves from; "" for one that is not opened yet.
    """
    if local:
        return f"Bind the key to {public_of(addresses, local)}: its orders leave from there."
    if not addresses:
        return "Ask the desk for the address that orders leave from before you bind the key."
    listed = ", ".join(each.public for each in addresses)
    return (
        f"Bind the key to {listed} before you enter it: the account is given one of these and"
        " keeps it."
    )


def chips(
    permissions: Mapping[str, Any], *, expires_at: datetime | None, now: datetime
) -> list[Chip]:
    """Show what the exchange said a key may do; nothing before it was asked."""
    if not permissions:
        return []
    found = [
        _chip(permissions.get("can_read"), "Reads", "Cannot read", "Balances and orders"),
        _chip(permissions.get("can_trade"), "Trades", "Cannot trade", "Futures orders"),
        _chip(
            not permissions.get("can_move_money", True),
            "Cannot move money",
            "Can move money",
            ", ".join(permissions.get("money_rights") or ()) or "Withdrawals and transfers",
        ),
        Chip(
            "Bound to addresses",
            "positive",
            ", ".join(permissions.get("addresses") or ()) or "Works from listed addresses only",
        )
        if permissions.get("is_ip_bound")
        else Chip("Any address", "warning", "Works from any address"),
    ]
    if permissions.get("is_one_way") is not None:
        one_way = permissions.get("is_one_way")
        found.append(_chip(one_way, "One-way mode", "Hedge mode", "Position mode of the account"))
    found.append(expiry_chip(expires_at, now=now))
    return found


def expiry_chip(expires_at: datetime | None, *, now: datetime) -> Chip:
    """Say when a key ends."""
    if expires_at is None:
        return Chip("No expiry", "neutral", "The exchange names no end")
    left = expires_at - now
    if left <= timedelta(0):
        return Chip("Expired", "danger", f"{expires_at:%Y-%m-%d}")
    tone = "warning" if left < EXPIRES_SOON else "neutral"
    return Chip(f"Expires in {format.plural(left.days, 'day')}", tone, f"{expires_at:%Y-%m-%d}")


def _chip(is_good: object, good: str, bad: str, title: str) -> Chip:
    return Chip(good, "positive", title) if is_good else Chip(bad, "danger", title)
