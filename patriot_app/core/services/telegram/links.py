"""Connect a person with a Telegram account: a code of his session, the chat, and his own Yes.

The code alone connects nothing. Whoever opens the chat with it only claims to be the person; the
person sees the claimant's name in the browser where he asked for the code and confirms it there.
"""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import (
    TelegramLinkClaimed,
    TelegramLinkDeclined,
    TelegramLinked,
    TelegramLinkOffered,
    TelegramUnlinked,
)
from patriot_app.core.domain.invitations import hash_token
from patriot_app.core.domain.telegram import CODE_BYTES, CODE_LASTS, code_from
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

NOT_GOOD = "This code is not valid any more. Get a new one on the page “Telegram” of the desk."
TAKEN = "This Telegram account is connected to somebody already. Disconnect it there first."

_IS_LINKED = text(
    "SELECT EXISTS (SELECT 1 FROM telegram_links WHERE user_id = :user_id AND unlinked_at IS NULL)"
)
_IS_TAKEN = text(
    "SELECT EXISTS (SELECT 1 FROM telegram_links"
    " WHERE telegram_id = :telegram_id AND unlinked_at IS NULL)"
)
_VOID = text(
    "UPDATE telegram_offers SET settled_at = :now WHERE user_id = :user_id AND settled_at IS NULL"
)
_OFFER = text(
    "INSERT INTO telegram_offers (id, user_id, session_id, code_hash, expires_at)"
    " VALUES (:id, :user_id, :session_id, :code_hash, :expires_at)"
)
_CLAIM = text(
    "UPDATE telegram_offers SET telegram_id = :telegram_id, name = :name, claimed_at = :now"
    " WHERE code_hash = :code_hash AND claimed_at IS NULL AND settled_at IS NULL"
    " AND expires_at > :now RETURNING user_id"
)
_OPEN = text(
    "SELECT id, telegram_id, name FROM telegram_offers WHERE id = :id AND user_id = :user_id"
    " AND session_id = :session_id AND claimed_at IS NOT NULL AND settled_at IS NULL"
    " AND expires_at > :now FOR UPDATE"
)
_SETTLE = text("UPDATE telegram_offers SET settled_at = :now WHERE id = :id")
_LINK = text(
    "INSERT INTO telegram_links (id, user_id, telegram_id, name)"
    " VALUES (:id, :user_id, :telegram_id, :name)"
    " ON CONFLICT (telegram_id) WHERE unlinked_at IS NULL DO NOTHING RETURNING id"
)
_UNLINK = text(
    "UPDATE telegram_links SET unlinked_at = :now WHERE user_id = :user_id AND unlinked_at IS NULL"
    " RETURNING telegram_id, name"
)


def code_of(offer_id: UUID) -> str:
    """Return the code of an offer; only who has the pepper can work it out, so no copy is kept."""
    pepper = read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
    digest = hmac.new(pepper, f"telegram-offer|{offer_id}".encode(), hashlib.sha256).digest()
    return code_from(digest[:CODE_BYTES])


async def offer(uow: UnitOfWork) -> datetime:
    """Make a code for the actor's present session; what he was given before is void.

    Returns:
        When it ends.

    Raises:
        Refused: he is connected already.
    """
    user_id = _own_id(uow)
    if (await uow.session.execute(_IS_LINKED, {"user_id": user_id})).scalar_one():
        raise Refused("A Telegram account is connected already; disconnect it first")
    await uow.session.execute(_VOID, {"user_id": user_id, "now": uow.now})
    offer_id, expires_at = new_id(), uow.now + CODE_LASTS
    await uow.session.execute(
        _OFFER,
        {
            "id": offer_id,
            "user_id": user_id,
            "session_id": uow.actor.session_id,
            "code_hash": hash_token(code_of(offer_id)),
            "expires_at": expires_at,
        },
    )
    uow.record(TelegramLinkOffered(client_id=user_id))
    return expires_at


async def claim(uow: UnitOfWork, code: str, *, telegram_id: int, name: str) -> None:
    """Note which Telegram account came with a code; it is used up, and nothing is connected yet.

    Raises:
        Refused: unknown, used, void or expired, which is not told apart; or the account is taken.
    """
    if (await uow.session.execute(_IS_TAKEN, {"telegram_id": telegram_id})).scalar_one():
        raise Refused(TAKEN)
    found = await uow.session.execute(
        _CLAIM,
        {
            "code_hash": hash_token(code),
            "telegram_id": telegram_id,
            "name": name,
            "now": uow.now,
        },
    )
    user_id = found.scalar_one_or_none()
    if user_id is None:
        raise Refused(NOT_GOOD)
    uow.record(TelegramLinkClaimed(client_id=user_id, telegram_id=telegram_id, telegram_name=name))
    uow.touch("telegram")


async def confirm(uow: UnitOfWork, offer_id: UUID) -> str:
    """Connect the account that came with the code of this session; return its name.

    Raises:
        NotFound: no such code waits in this session; Refused: one of the two is connected already.
    """
    user_id = _own_id(uow)
    await lock(uow.session, "telegram_link", user_id)
    telegram_id, name = await _settle(uow, offer_id)
    if (await uow.session.execute(_IS_LINKED, {"user_id": user_id})).scalar_one():
        raise Refused("A Telegram account is connected already; disconnect it first")
    bound = {"id": new_id(), "user_id": user_id, "telegram_id": telegram_id, "name": name}
    if (await uow.session.execute(_LINK, bound)).scalar_one_or_none() is None:
        raise Refused(TAKEN)
    uow.record(TelegramLinked(client_id=user_id, telegram_id=telegram_id, telegram_name=name))
    uow.touch("clients")
    return name


async def decline(uow: UnitOfWork, offer_id: UUID) -> None:
    """Say that the account which came with the code is somebody else's; the code is used up.

    Raises:
        NotFound: no such code waits in this session.
    """
    telegram_id, name = await _settle(uow, offer_id)
    uow.record(
        TelegramLinkDeclined(client_id=_own_id(uow), telegram_id=telegram_id, telegram_name=name)
    )


async def unlink(uow: UnitOfWork) -> str:
    """Disconnect the actor's Telegram account; return its name.

    Raises:
        NotFound: none is connected.
    """
    user_id = _own_id(uow)
    found = await uow.session.execute(_UNLINK, {"user_id": user_id, "now": uow.now})
    row = found.one_or_none()
    if row is None:
        raise NotFound("No Telegram account is connected")
    uow.record(
        TelegramUnlinked(client_id=user_id, telegram_id=row.telegram_id, telegram_name=row.name)
    )
    uow.touch("clients")
    return str(row.name)


async def _settle(uow: UnitOfWork, offer_id: UUID) -> tuple[int, str]:
    bound = {
        "id": offer_id,
        "user_id": _own_id(uow),
        "session_id": uow.actor.session_id,
        "now": uow.now,
    }
    row = (await uow.session.execute(_OPEN, bound)).one_or_none()
    if row is None:
        raise NotFound("This code is over, or was asked for in another browser. Get a new one.")
    await uow.session.execute(_SETTLE, {"id": offer_id, "now": uow.now})
    return row.telegram_id, row.name


def _own_id(uow: UnitOfWork) -> UUID:
    assert uow.actor.user_id is not None
    return uow.actor.user_id
