"""Downloads: whose a document is, row-level security decides; another's is not there."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from patriot_app.api.forms import note_refused
from patriot_app.api.own_pages import visitor
from patriot_app.core.documents import printing
from patriot_app.core.domain.permissions import Actor, Permission, can
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries import fee_periods, invoices, invoicing

router = APIRouter(prefix="/documents")

READ = (Permission.FEES_READ, Permission.PORTAL_VIEW)


@router.get("/invoices/{invoice_id}.pdf")
async def invoice(request: Request, invoice_id: str) -> Response:
    """Hand out an invoice."""
    return await _hand_out(request, _invoice, invoice_id)


@router.get("/credit-notes/{credit_note_id}.pdf")
async def credit_note(request: Request, credit_note_id: str) -> Response:
    """Hand out a credit note."""
    return await _hand_out(request, _credit_note, credit_note_id)


@router.get("/statements/{period_id}.pdf")
async def statement(request: Request, period_id: str) -> Response:
    """Hand out the statement of a month."""
    return await _hand_out(request, _statement, period_id)


async def _invoice(actor: Actor, invoice_id: UUID) -> tuple[str, bytes]:
    detail = await invoices.get(actor, invoice_id)
    return f"invoice-{detail.invoice.number}", printing.invoice(detail)


async def _credit_note(actor: Actor, credit_note_id: UUID) -> tuple[str, bytes]:
    detail = await invoices.of_credit_note(actor, credit_note_id)
    (note,) = [one for one in detail.credit_notes if one.id == credit_note_id]
    return f"credit-note-{note.number}", printing.credit_note(detail, note)


async def _statement(actor: Actor, period_id: UUID) -> tuple[str, bytes]:
    found = await fee_periods.get(actor, period_id)
    terms = await invoicing.terms(actor)
    name = f"statement-{found.period.ends_at:%Y-%m-%d}"
    return name, printing.statement(found, issuer=terms.issuer)


async def _hand_out(
    request: Request,
    make: Callable[[Actor, UUID], Awaitable[tuple[str, bytes]]],
    subject: str,
) -> Response:
    person = await visitor(request, page=request.url.path)
    if isinstance(person, Response):
        return person
    if not any(can(person.actor, permission) for permission in READ):
        refused = Refused("You may not do this: it needs fees:read or portal:view")
        await note_refused(request, person, refused)
        return Response(str(refused), status_code=403, media_type="text/plain")
    try:
        name, file = await make(person.actor, UUID(subject))
    except (NotFound, ValueError):
        return Response("There is no such document", status_code=404, media_type="text/plain")
    return Response(
        file,
        media_type="application/pdf",
        headers={
            "content-disposition": f'attachment; filename="{name}.pdf"',
            "cache-control": "no-store",
        },
    )
