"""Downloads: whose a document is, row-level security decides; another's is not there."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from patriot_app.api.forms import note_refused
from patriot_app.api.own_pages import visitor
from patriot_app.core.documents import performance_report, printing
from patriot_app.core.domain.permissions import Actor, Permission, can
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries import fee_periods, invoices, invoicing, performance_reports

router = APIRouter(prefix="/documents")

READ = (Permission.FEES_READ, Permission.PORTAL_VIEW)
REPORTS = (Permission.PERFORMANCE_READ, Permission.PORTAL_VIEW)


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


@router.get("/reports/{report_id}.pdf")
async def report_pdf(request: Request, report_id: str) -> Response:
    """Hand out a performance report on paper."""
    return await _hand_out(request, _report_pdf, report_id, read=REPORTS)


@router.get("/reports/{report_id}.csv")
async def report_csv(request: Request, report_id: str) -> Response:
    """Hand out the days of a performance report."""
    return await _hand_out(request, _report_csv, report_id, read=REPORTS, ending="csv")


async def _report_pdf(actor: Actor, report_id: UUID) -> tuple[str, bytes]:
    found = await performance_reports.figures(actor, report_id)
    return performance_report.file_name(found), performance_report.as_pdf(found)


async def _report_csv(actor: Actor, report_id: UUID) -> tuple[str, bytes]:
    found = await performance_reports.figures(actor, report_id)
    return performance_report.file_name(found), performance_report.as_csv(found)


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
    *,
    read: tuple[Permission, ...] = READ,
    ending: str = "pdf",
) -> Response:
    person = await visitor(request, page=request.url.path)
    if isinstance(person, Response):
        return person
    if not any(can(person.actor, permission) for permission in read):
        needed = " or ".join(permission.value for permission in read)
        refused = Refused(f"You may not do this: it needs {needed}")
        await note_refused(request, person, refused)
        return Response(str(refused), status_code=403, media_type="text/plain")
    try:
        name, file = await make(person.actor, UUID(subject))
    except (NotFound, ValueError):
        return Response("There is no such document", status_code=404, media_type="text/plain")
    return Response(
        file,
        media_type="application/pdf" if ending == "pdf" else "text/csv",
        headers={
            "content-disposition": f'attachment; filename="{name}.{ending}"',
            "cache-control": "no-store",
        },
    )
