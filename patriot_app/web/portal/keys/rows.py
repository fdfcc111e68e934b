"""A client's own accounts with their keys, all text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.egress import EgressAddress
from patriot_app.core.domain.lockdowns import ASK_CLIENT, TITLES, LockdownRule
from patriot_app.core.queries.accounts import AccountDetail
from patriot_app.web.parts.keys import EXCHANGES, KeyRow, bind_text, key_row


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One account with the key that counts.

    Attributes:
        locked: why it is locked down and what to do; "" while it is not.
    """

    id: str
    label: str
    exchange: str
    key: KeyRow = field(default_factory=KeyRow)
    can_revoke: bool = False
    bind_to: str = ""
    locked: str = ""


def own_key(
    detail: AccountDetail,
    *,
    now: datetime,
    addresses: Sequence[EgressAddress] = (),
    lockdown: LockdownRule | None = None,
) -> OwnKey:
    """Show one account's key; one that was just refused comes before an older one that works."""
    account = detail.summary
    keys = [key_row(one, now=now) for one in detail.keys]
    newest = keys[0] if keys else KeyRow()
    current = next((one for one in keys if one.id == str(account.credential_id)), newest)
    shown = newest if newest.status in ("submitted", "waiting", "rejected") else current
    return OwnKey(
        id=str(account.id),
        label=account.label,
        exchange=f"{EXCHANGES.get(account.exchange, account.exchange)} · {account.mode}",
        key=shown,
        bind_to=bind_text(addresses, local=detail.source_address),
        locked="" if lockdown is None else _told(lockdown),
        can_revoke=shown.status in ("submitted", "waiting", "verified", "quarantined"),
    )


def _told(rule: LockdownRule) -> str:
    return (
        f"Locked down: {TITLES[rule]}. We open nothing on this account; what is open stays guarded"
        f" and can be closed. {ASK_CLIENT[rule]}"
    )
