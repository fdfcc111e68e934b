"""/statements and /invoices: months and bills as files, the same that the pages hand out."""

from collections.abc import Sequence
from uuid import UUID

from daemon.telegram.screens.screen import (
    LINES_PER_PAGE,
    Button,
    File,
    Screen,
    Viewer,
    page_of,
    paging,
)
from patriot_app.core.documents import printing
from patriot_app.core.queries import fee_periods, invoices, invoicing
from patriot_app.core.queries.fee_periods import FeePeriodView
from patriot_app.core.queries.invoices import InvoiceView
from patriot_app.core.queries.page import Page, PageRequest

STATEMENTS, INVOICES = "statements", "invoices"
FILE = "file"


async def show_statements(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of one's own months; with "file" and an id, hand that one out too."""
    files: tuple[File, ...] = ()
    if len(args) == 2 and args[0] == FILE:
        found = await fee_periods.get(viewer.actor, UUID(args[1]))
        terms = await invoicing.terms(viewer.actor)
        name = f"statement-{found.period.ends_at:%Y-%m-%d}.pdf"
        files = (File(name, printing.statement(found, issuer=terms.issuer)),)
    months = await fee_periods.page(viewer.actor, _request(viewer, args))
    return statements_screen(viewer, months, files)


async def show_invoices(viewer: Viewer, args: tuple[str, ...]) -> Screen:
    """Read a page of one's own invoices; with "file" and an id, hand that one out too."""
    files: tuple[File, ...] = ()
    if len(args) == 2 and args[0] == FILE:
        detail = await invoices.get(viewer.actor, UUID(args[1]))
        files = (File(f"invoice-{detail.invoice.number}.pdf", printing.invoice(detail)),)
    return invoices_screen(viewer, await invoices.page(viewer.actor, _request(viewer, args)), files)


def statements_screen(
    viewer: Viewer, found: Page[FeePeriodView], files: tuple[File, ...] = ()
) -> Screen:
    """Lay out months with a button for the file of each."""
    lines = [
        viewer.say(
            "statements.line",
            month=f"{one.starts_at:%Y-%m}",
            status=one.status.value,
            fee=viewer.money(one.fee, unit=one.currency),
        )
        for one in found.items
    ]
    picked = [(f"{one.starts_at:%Y-%m}", str(one.id)) for one in found.items]
    return _screen(viewer, STATEMENTS, lines, picked, found, files)


def invoices_screen(
    viewer: Viewer, found: Page[InvoiceView], files: tuple[File, ...] = ()
) -> Screen:
    """Lay out invoices with a button for the file of each."""
    lines = [
        viewer.say(
            "invoices.line",
            number=one.number,
            status=one.status.value,
            amount=viewer.money(one.amount, unit=one.currency),
            due=f"{one.due_at:%d.%m.%Y}",
        )
        for one in found.items
    ]
    picked = [(one.number, str(one.id)) for one in found.items]
    return _screen(viewer, INVOICES, lines, picked, found, files)


def _screen(
    viewer: Viewer,
    name: str,
    lines: Sequence[str],
    picked: Sequence[tuple[str, str]],
    found: Page[FeePeriodView] | Page[InvoiceView],
    files: tuple[File, ...],
) -> Screen:
    back = (Button(viewer.label("nav.portfolio"), "portfolio"),)
    if not lines:
        return Screen(viewer.say(f"{name}.none"), (back,))
    buttons = [Button(f"📄 {label}", name, (FILE, key)) for label, key in picked]
    rows = tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
    pages = paging(viewer, name, page=found.page, total=found.total, size=found.size)
    text = "\n".join([viewer.say(f"{name}.title", count=found.total), *lines])
    return Screen(text, (*rows, *pages, back), files)


def _request(viewer: Viewer, args: tuple[str, ...]) -> PageRequest:
    return PageRequest(
        page=page_of(args), size=LINES_PER_PAGE, filters={"client_id": str(viewer.person_id)}
    )
