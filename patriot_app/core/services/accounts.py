"""Exchange accounts: open, suspend, activate, disable. Parking is the daemon's own act."""

import ipaddress
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain import egress
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.accounts import (
    TRANSITIONS,
    AccountMode,
    AccountStatus,
    Exchange,
    shard_of,
)
from patriot_app.core.domain.events import (
    AccountAddressAssigned,
    AccountOpened,
    AccountStatusChanged,
    AccountUnlinked,
)
from patriot_app.core.domain.rate_budgets import ACCOUNTS_MAX
from patriot_app.core.domain.transitions import advance
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.accounts import Account
from patriot_app.core.schema.users import User
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

NO_LIVE = (
    "No live account is opened where the staff may work without a second factor: the desk must drop"
    " PATRIOT_STAFF_SECOND_FACTOR=offered and start again"
)

_OTHERS = text(
    "SELECT count(*) FILTER (WHERE status <> 'disabled') AS open,"
    " count(*) FILTER (WHERE lower(label) = lower(:label)) AS same_label"
    " FROM accounts WHERE client_id = :client_id"
)
_CLIENT = text(
    "SELECT u.name, u.status FROM users AS u JOIN accounts AS a ON a.client_id = u.id"
    " WHERE a.id = :account_id FOR SHARE OF u"
)
_HELD = text("SELECT address, accounts FROM accounts_by_address(:exchange)")
_WORKING = text(
    "SELECT (SELECT count(*) FROM positions WHERE account_id = :account_id AND quantity <> 0),"
    " (SELECT count(*) FROM attempts WHERE account_id = :account_id AND state IN"
    " ('created','sending','unknown','quarantined','open','partially_filled'))"
)


async def open_account(
    uow: UnitOfWork,
    *,
    client_id: UUID,
    exchange: Exchange,
    mode: AccountMode,
    label: str,
    source_address: str = "",
    is_demo: bool = False,
) -> UUID:
    """Open an account of a client; it trades once its key is verified and he is admitted.

    Args:
        source_address: local address that its requests leave from; "" for the one of the desk's
            that has the fewest accounts, or the machine's own where the desk names none.

    Raises:
        Refused: every address has as many accounts as it may, closed client, one who is not
            admitted and opens it himself, as many accounts as a client may have, or a live one
            where the staff may work without a second factor.
        Invalid: label missing or taken, source address not one.
    """
    name = label.strip()
    _check_fields(name, source_address)
    if mode is AccountMode.LIVE and not get_settings().must_staff_enrol:
        raise Refused(NO_LIVE)
    await lock(uow.session, "client_accounts", client_id)
    client = await get_for_update(uow.session, User, client_id)
    if client.status is UserStatus.CLOSED:
        raise Refused(f"{client.name} is closed")
    is_admitted = client.status is UserStatus.ACTIVE
    if not is_admitted and not uow.actor.is_staff:
        raise Refused("The desk has not admitted you; accounts can be connected after that")
    bound = {"client_id": client_id, "label": name}
    others = (await uow.session.execute(_OTHERS, bound)).one()
    if others.same_label:
        raise Invalid({"label": f"{client.name} has an account of this name already"})
    most = get_settings().accounts_per_client_max
    if others.open >= most:
        raise Refused(f"{client.name} has {others.open} accounts; a client may have {most}")
    account_id = new_id()
    address = None if source_address else await _address_for(uow, exchange)
    uow.session.add(
        Account(
            id=account_id,
            client_id=client_id,
            exchange=exchange,
            mode=mode,
            label=name,
            status=AccountStatus.ACTIVE if is_admitted else AccountStatus.SUSPENDED,
            status_reason="" if is_admitted else "The client is not admitted",
            suspended_with_client=not is_admitted,
            shard=shard_of(account_id.int, shards=get_settings().shards),
            source_address=source_address if address is None else address.local,
            is_demo=is_demo,
        )
    )
    await uow.session.flush()
    uow.record(
        AccountOpened(account_id=account_id, exchange=exchange.value, mode=mode.value, label=name)
    )
    if address is not None:
        uow.record(
            AccountAddressAssigned(
                account_id=account_id,
                local=address.local,
                public=address.public,
                reason="It had the fewest accounts when this one was opened",
            )
        )
    uow.touch("accounts", "clients")
    return account_id


async def suspend(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Open nothing more on an account; exits and stops go on.

    Raises:
        Invalid: no reason; IllegalTransition: disabled.
    """
    await _change(uow, account_id, AccountStatus.SUSPENDED, reason=reason)


async def activate(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Trade on an account again.

    Raises:
        Invalid: no reason; Refused: its client is not admitted, or suspended.
    """
    client = (await uow.session.execute(_CLIENT, {"account_id": account_id})).one_or_none()
    if client is not None and client.status != UserStatus.ACTIVE:
        raise Refused(f"{client.name} is not active; approve or reactivate the client first")
    await _change(uow, account_id, AccountStatus.ACTIVE, reason=reason)


async def disable(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Do nothing at all on an account any more, not even exits; so nothing may be open.

    Raises:
        Invalid: no reason; Refused: an open position or a working order.
    """
    positions, orders = (await uow.session.execute(_WORKING, {"account_id": account_id})).one()
    if positions or orders:
        raise Refused(
            f"{positions} positions and {orders} orders are open on this account; flatten it first"
        )
    await _change(uow, account_id, AccountStatus.DISABLED, reason=reason)


async def unlink(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Give an account up; its key must be destroyed with it, and its history stays.

    Raises:
        Invalid: no reason; Refused: an open position or a working order.
    """
    await disable(uow, account_id, reason=reason)
    uow.record(AccountUnlinked(account_id=account_id, reason=reason))


async def _address_for(uow: UnitOfWork, exchange: Exchange) -> egress.EgressAddress | None:
    """Return the address that an account is to leave from; None where the desk names none.

    Raises:
        Refused: each has as many accounts as its limits of weight and connections allow.
    """
    addresses = egress.parse_addresses(get_settings().egress_addresses)
    if not addresses:
        return None
    await lock(uow.session, "egress", exchange)
    rows = await uow.session.execute(_HELD, {"exchange": exchange.value})
    most = ACCOUNTS_MAX[exchange]
    chosen = egress.choose(addresses, {row.address: row.accounts for row in rows}, most=most)
    if chosen is None:
        raise Refused(
            f"Every address has {most} accounts at {exchange}, as many as its limits allow; the"
            " desk must add one (PATRIOT_EGRESS_ADDRESSES)"
        )
    return chosen


async def _change(uow: UnitOfWork, account_id: UUID, status: AccountStatus, *, reason: str) -> None:
    need_reason(reason)
    account = await get_for_update(uow.session, Account, account_id)
    previous = account.status
    account.status = advance(TRANSITIONS, previous, status)
    # What the client paused is the desk's to start again once the desk has suspended it too.
    is_taken_over, account.paused_by_client = account.paused_by_client, False
    if previous is status and not is_taken_over:
        return
    account.status_reason = reason
    account.suspended_with_client = False
    uow.record(
        AccountStatusChanged(
            account_id=account_id, previous=previous.value, status=status.value, reason=reason
        )
    )
    uow.touch("accounts")


def _check_fields(label: str, source_address: str) -> None:
    fields: dict[str, str] = {}
    if not label or len(label) > 120:
        fields["label"] = "Please give a name of at most 120 characters"
    if source_address:
        try:
            ipaddress.ip_address(source_address)
        except ValueError:
            fields["source_address"] = "This is not an IP address"
    if fields:
        raise Invalid(fields)
