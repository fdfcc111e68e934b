"""The books of a period as one file, for those who must hand them over."""

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, note_refused, permit
from patriot_app.api.own_pages import unproved, visitor
from patriot_app.core.domain.permissions import Permission, can
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.queries import regulatory_export as queries
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import regulatory_exports
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/regulatory-export"
MAKE = "/api/regulatory-export"
BACK, BACK_LABEL = "/fees/revenue", "To the revenue"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)
"""Stands in the archive in place of the clock, so that the same books make the same bytes."""

Text = Annotated[str, Form(max_length=20)]


@router.get(PAGE)
async def show(request: Request) -> Response:
    """Ask for the days."""
    person = await visitor(request, page=PAGE)
    if isinstance(person, Response):
        return person
    way = unproved(person, page=PAGE)
    if way is not None and can(person.actor, Permission.FEES_EXPORT):
        return way
    try:
        permit(person, Permission.FEES_EXPORT)
    except PatriotError as error:
        await note_refused(request, person, error)
        return _page("", problem=str(error), status=403)
    return _page(_form(person))


@router.post(MAKE)
async def make(request: Request, person: SignedIn, first: Text = "", last: Text = "") -> Response:
    """Hand the file out, after it is recorded that it was."""
    try:
        permit(person, Permission.FEES_EXPORT)
        days = (_day("first", first), _day("last", last))
        file = packed(await queries.files(person.actor, *days))
        async with begin(person.actor) as uow:
            await regulatory_exports.note(uow, *days, digest=sha256(file).hexdigest())
    except Invalid as error:
        return _page(_form(person), problem="; ".join(error.fields.values()), status=422)
    except PatriotError as error:
        await note_refused(request, person, error)
        return _page("", problem=str(error), status=403)
    name = f"books-{days[0]}-{days[1]}.zip"
    return Response(
        file,
        media_type="application/zip",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


def packed(files: Mapping[str, str]) -> bytes:
    """Return the files in one archive, with the digest of each."""
    digests = "".join(
        f"{sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items()
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (*files.items(), ("SHA256SUMS", digests)):
            archive.writestr(zipfile.ZipInfo(name, _SAME_TIME), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _form(person: SessionActor) -> str:
    return plain_page.form(
        MAKE,
        hidden={"csrf": person.csrf_token},
        label="Download",
        fields=plain_page.text_field("first", "First day", kind="date")
        + plain_page.text_field("last", "Last day", kind="date", hint="Both days belong to it."),
    )


def _page(body: str, *, problem: str = "", status: int = 200) -> Response:
    return plain_page.page(
        "Regulatory export",
        hint="Invoices, credit notes, payments, the journal and the digests of statements as CSV, by"
        " days in UTC. Each download is recorded.",
        body=plain_page.problem(problem) + body,
        back=BACK,
        back_label=BACK_LABEL,
        status=status,
    )


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid({field: f"The {field} day must be a date, such as 2026-01-31"}) from error
