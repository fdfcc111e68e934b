"""Move an account to another of the desk's addresses, because a person asks for it.

The trader that has the account goes on from the former address until it opens the account's
connections anew: when the key is checked, at a take-over, after a restart.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain import egress
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import AccountStatus
from patriot_app.core.domain.events import AccountAddressAssigned
from patriot_app.core.domain.rate_budgets import ACCOUNTS_MAX
from patriot_app.core.errors import Refused
from patriot_app.core.schema.accounts import Account
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

_HELD = text("SELECT address, accounts FROM accounts_by_address(:exchange)")
_PERMISSIONS = text(
    "SELECT permissions FROM credentials WHERE account_id = :account_id AND status = 'verified'"
)


async def move(uow: UnitOfWork, account_id: UUID, *, local: str, reason: str) -> None:
    """Let an account's requests and streams leave from another address.

    Args:
        local: one of PATRIOT_EGRESS_ADDRESSES.

    Raises:
        NotFound: no such account. Invalid: no reason, or not an address of the desk.
        Refused: disabled, there already, the address is full, or the key is bound to others.
    """
    need_reason(reason)
    account = await get_for_update(uow.session, Account, account_id)
    if account.status is AccountStatus.DISABLED:
        raise Refused("The account is disabled; nothing leaves for it any more")
    # As where an account is opened: two of them never take the last place of an address.
    await lock(uow.session, "egress", account.exchange)
    held = await uow.session.execute(_HELD, {"exchange": account.exchange.value})
    found = egress.rooms(
        egress.parse_addresses(get_settings().egress_addresses),
        {row.address: row.accounts for row in held},
        most=ACCOUNTS_MAX[account.exchange],
    )
    permissions = await uow.session.execute(_PERMISSIONS, {"account_id": account_id})
    address = egress.move_to(
        found,
        local,
        now_at=account.source_address,
        bound_to=_addresses_of(permissions.scalar_one_or_none()),
    )
    account.source_address = address.local
    uow.record(
        AccountAddressAssigned(
            account_id=account_id, local=address.local, public=address.public, reason=reason
        )
    )
    uow.touch("accounts")


def _addresses_of(permissions: dict[str, Any] | None) -> list[str]:
    """Return what a key is bound to; nothing where its exchange does not list it."""
    return [str(each) for each in (permissions or {}).get("addresses") or ()]
