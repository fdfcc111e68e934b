"""Connect an exchange account: the key arrives here, is sealed at once, and goes no further."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from patriot_app.api.forms import Problem, SignedIn, failure, own_path, permit, refusal, success
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import Invalid, PatriotError, Refused
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import accounts, credentials, repeats
from patriot_app.core.unit_of_work import UnitOfWork, begin

router = APIRouter()

Text = Annotated[str, Form(max_length=300)]
NOT_ADMITTED = {
    UserStatus.PENDING_VERIFICATION: "The desk must approve you first; connect your account then",
    UserStatus.SUSPENDED: "You are suspended; ask the desk what is needed before you connect a key",
}
ACCOUNTS_PAGE, KEYS_PAGE = "/accounts", "/portfolio/keys"


@router.post("/api/accounts")
async def connect(
    request: Request,
    person: SignedIn,
    api_key: Text,
    api_secret: Text,
    account_id: Text = "",
    client_id: Text = "",
    exchange: Text = "",
    mode: Text = "",
    label: Text = "",
    consent: Text = "",
    next: Text = "",
    request_id: Text = "",
) -> Response:
    """Open an account with its key, or replace the key of an account that is there.

    Sent twice it acts once. The answer leads to `next` with `id` of the account and `command`, whose outcome tells whether
    the daemon admitted the key.
    """
    back = ACCOUNTS_PAGE if person.actor.is_staff else KEYS_PAGE
    try:
        owner = _owner(person, client_id)
        async with begin(person.actor) as uow:
            said = (request_id, account_id, client_id, exchange, mode, label, api_key, api_secret)
            answer = await repeats.recall(uow, "connect", *said)
            if answer is None:
                target = (
                    _uuid(account_id, field="account_id")
                    if account_id
                    else await _open(uow, owner, exchange=exchange, mode=mode, label=label)
                )
                submitted = await credentials.submit(
                    uow, target, api_key=api_key, api_secret=api_secret, consent=consent
                )
                answer = {"account": str(target), "command": str(submitted.command_id)}
                await repeats.remember(uow, "connect", *said, answer=answer)
    except Invalid as error:
        return failure(request, Problem("fields", error.fields), back=back)
    except PatriotError as error:
        return await refusal(request, person, error, back=back)
    page = own_path(next, otherwise=back)
    joint = "&" if "?" in page else "?"
    return success(request, f"{page}{joint}id={answer['account']}&command={answer['command']}")


async def _open(uow: UnitOfWork, owner: UUID, *, exchange: str, mode: str, label: str) -> UUID:
    try:
        wanted_exchange, wanted_mode = Exchange(exchange), AccountMode(mode)
    except ValueError as error:
        raise Invalid({"exchange": "Choose an exchange and a mode"}) from error
    return await accounts.open_account(
        uow, client_id=owner, exchange=wanted_exchange, mode=wanted_mode, label=label
    )


def _owner(person: SessionActor, client_id: str) -> UUID:
    """Return whose account it becomes: a client's own, or the one that staff chose.

    Raises:
        Refused: no permission.
    """
    if person.actor.is_staff:
        permit(person, Permission.CREDENTIALS_WRITE)
        return _uuid(client_id, field="client_id") if client_id else person.user_id
    permit(person, Permission.OWN_KEYS_WRITE)
    if person.status in NOT_ADMITTED:
        raise Refused(NOT_ADMITTED[person.status])
    return person.user_id


def _uuid(value: str, *, field: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise Invalid({field: "Choose one of the list"}) from error
