"""Enter a client: his first password arrives here, is hashed at once, and goes no further."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from patriot_app.api.forms import Problem, SignedIn, failure, permit, refusal, success
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.users import RiskProfile
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.services import users
from patriot_app.core.unit_of_work import begin

router = APIRouter()

Text = Annotated[str, Form(max_length=300)]
CLIENTS_PAGE = "/clients"


@router.post("/api/clients")
async def create(
    request: Request,
    person: SignedIn,
    name: Text = "",
    email: Text = "",
    risk_profile: Text = RiskProfile.MEDIUM.value,
    password: Text = "",
) -> Response:
    """Enter a client, who may sign in once he is approved and has a password."""
    try:
        permit(person, Permission.CLIENTS_WRITE)
        if risk_profile not in set(RiskProfile):
            raise Invalid({"risk_profile": "Choose one of the list"})
        async with begin(person.actor) as uow:
            client_id = await users.create_client(
                uow,
                email=email,
                name=name,
                password=password or None,
                risk_profile=RiskProfile(risk_profile),
            )
    except Invalid as error:
        return failure(request, Problem("fields", error.fields), back=CLIENTS_PAGE)
    except PatriotError as error:
        return await refusal(request, person, error, back=CLIENTS_PAGE)
    return success(request, f"{CLIENTS_PAGE}?id={client_id}")
