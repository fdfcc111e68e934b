"""Paper says what the page says, figure by figure, and prints the same for ever."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from patriot_app.core.documents import printing
from patriot_app.core.domain.invoice_documents import InvoiceDocument, Issuer
from patriot_app.core.domain.invoices import FeePeriodStatus, InvoiceStatus
from patriot_app.core.domain.statements import BridgeLine
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.fee_periods import FeePeriodView, Statement
from patriot_app.core.queries.invoices import (
    CreditNoteView,
    InvoiceDetail,
    InvoiceView,
    PaymentView,
)
from patriot_app.web.format import Figure
from patriot_app.web.parts.invoices import invoice_row
from patriot_app.web.parts.statements import (
    account_rows,
    bridge_lines,
    fee_lines,
    return_lines,
    told_of,
)

ISSUED = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
ISSUER = Issuer(
    name="ТОВ «Патріот»",
    address="вул. Хрещатик, 1\n01001 Київ",
    tax_id="UA 12345678",
    payment_instructions="IBAN UA21 3223 1300 0002 6007 2335 6600 1",
)
PERIOD = FeePeriodView(
    id=UUID(int=1),
    mandate_id=UUID(int=2),
    mandate="Główny portfel",
    client_id=UUID(int=3),
    client="Жанна Ґалаґан",
    currency="USDT",
    time_zone="Europe/Kyiv",
    starts_at=datetime(2025, 12, 31, 22, tzinfo=UTC),
    ends_at=datetime(2026, 1, 31, 22, tzinfo=UTC),
    status=FeePeriodStatus.FINALISED,
    status_reason="",
    net_profit=Decimal("12345.678"),
    high_water_mark_before=Decimal("345.678"),
    base=Decimal(12000),
    rate=Decimal("0.275"),
    fee=Decimal("3300.00"),
    high_water_mark_after=Decimal("12345.678"),
    is_billable=True,
    computed_at=ISSUED,
    finalised_at=ISSUED,
    invoice_id=UUID(int=9),
    invoice="2026-00017",
)
LINES = {line: Decimal(0) for line in BridgeLine} | {
    BridgeLine.DEPOSITS: Decimal(2000),
    BridgeLine.REALISED: Decimal("-680.5"),
    BridgeLine.FUNDING: Decimal("-40.005"),
}
EVIDENCE: dict[str, Any] = {
    "opening_equity": "15000",
    "lines": {line.value: str(amount) for line, amount in LINES.items()},
    "closing_equity": "16279.495",
    "accounts": [
        {
            "account_id": str(UUID(int=4)),
            "label": "Головний",
            "exchange": "binance",
            "opening_equity": "15000",
            "closing_equity": "16279.495",
            "rows": 5,
            "tie_out_difference": "0",
            "digest": "ab" * 32,
            "types": [],
        }
    ],
}
INVOICE = InvoiceDetail(
    invoice=InvoiceView(
        id=UUID(int=9),
        number="2026-00017",
        status=InvoiceStatus.OPEN,
        currency="USDT",
        amount=Decimal("3300.00"),
        paid=Decimal(0),
        credited=Decimal(0),
        finalised_at=ISSUED,
        due_at=ISSUED + timedelta(days=14),
        is_overdue=False,
        days_overdue=0,
        mandate_id=PERIOD.mandate_id,
        mandate=PERIOD.mandate,
        client_id=PERIOD.client_id,
        client=PERIOD.client,
        fee_period_id=PERIOD.id,
        starts_at=PERIOD.starts_at,
        ends_at=PERIOD.ends_at,
        time_zone=PERIOD.time_zone,
        sent_at=None,
    ),
    document=InvoiceDocument(
        issuer=ISSUER,
        recipient=PERIOD.client,
        mandate=PERIOD.mandate,
        time_zone=PERIOD.time_zone,
        starts_at=PERIOD.starts_at,
        ends_at=PERIOD.ends_at,
        fee=PERIOD.fee_figures,
    ),
    payments=(),
    credit_notes=(),
)
NOTE = CreditNoteView(UUID(int=8), "CN-2026-00003", Decimal("300.10"), "Знижка", "Ada", ISSUED)


def read(file: bytes) -> str:
    """Return the words of a file, one space between each."""
    pages = PdfReader(io.BytesIO(file)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def shown(figure: Figure) -> str:
    return f"{figure.text} {figure.unit}"


def test_an_invoice_names_both_sides_in_their_own_letters() -> None:
    text = read(printing.invoice(INVOICE))
    for words in (
        "Invoice 2026-00017",
        "ТОВ «Патріот» вул. Хрещатик, 1 01001 Київ Tax id UA 12345678",
        "Жанна Ґалаґан Główny portfel",
        "January 2026 · 2026-01-01 to 2026-01-31, Europe/Kyiv",
        "Issued on 2026-02-03",
        "Due on 2026-02-17",
        "IBAN UA21 3223 1300 0002 6007 2335 6600 1",
        "page 1",
    ):
        assert words in text


def test_an_invoice_shows_every_figure_as_its_page_does() -> None:
    text = read(printing.invoice(INVOICE))
    row = invoice_row(INVOICE.invoice, now=ISSUED)
    assert f"Amount due {shown(row.amount)}" in text
    for line in fee_lines(PERIOD):
        assert f"{line.label} {line.note} {shown(line.amount)}".replace("  ", " ") in text


def test_a_statement_shows_every_figure_as_its_page_does() -> None:
    found = Statement(PERIOD, EVIDENCE)
    text = read(printing.statement(found, issuer=ISSUER))
    for line in (*fee_lines(PERIOD), *bridge_lines(found)):
        assert f"{line.label} {line.note} {shown(line.amount)}".replace("  ", " ") in text
    (account,) = account_rows(found)
    for words in (account.label, account.opening.text, account.closing.text, account.digest):
        assert words in text
    assert "Invoice 2026-00017" in text
    assert "−680.50 USDT" in text


def test_a_final_statement_names_who_issued_it_then() -> None:
    found = Statement(PERIOD, EVIDENCE, Issuer(name="Former name"))
    text = read(printing.statement(found, issuer=ISSUER))
    assert "From Former name" in text
    assert ISSUER.name not in text


def test_a_statement_says_why_return_and_profit_differ_and_how_it_was_valued() -> None:
    valued = {"valued_by": "person", "unrealised_pnl": "-5", "value_evidence": "Statement 7"}
    told = {
        **EVIDENCE,
        "returns": {"profit": "500", "time_weighted": "-0.45"},
        "accounts": [{**EVIDENCE["accounts"][0], **valued}],
    }
    found = Statement(PERIOD, told)
    text = read(printing.statement(found, issuer=ISSUER))
    for line in return_lines(found):
        assert f"{line.label} {line.note} {shown(line.amount)}" in text
    whole = re.sub(r"Statement January 2026 · page \d+ ?", "", text)
    for sentence in told_of(found):
        assert sentence in whole
    assert "opposite signs" in text
    assert "by decision of two persons: Statement 7" in whole


def test_a_credit_note_names_what_it_takes_back_and_why() -> None:
    text = read(printing.credit_note(INVOICE, NOTE))
    assert "Credit note CN-2026-00003" in text
    assert "For invoice 2026-00017" in text
    assert "Taken back 300.10 USDT" in text
    assert "Reason Знижка" in text


def test_the_same_figures_make_the_same_bytes_whatever_was_paid_since() -> None:
    paid = replace(
        INVOICE,
        invoice=replace(INVOICE.invoice, paid=Decimal(100), sent_at=ISSUED + timedelta(days=1)),
        payments=(PaymentView(UUID(int=7), Decimal(100), "b1", date(2026, 2, 9), "Ada", ISSUED),),
    )
    assert printing.invoice(INVOICE) == printing.invoice(paid)
    assert printing.credit_note(INVOICE, NOTE) == printing.credit_note(INVOICE, NOTE)
    found = Statement(PERIOD, EVIDENCE)
    assert printing.statement(found, issuer=ISSUER) == printing.statement(found, issuer=ISSUER)


@pytest.mark.parametrize(
    ("changes", "watermark"),
    [
        ({}, ""),
        ({"is_billable": False, "invoice": None}, "PRO FORMA"),
        ({"status": FeePeriodStatus.DRAFT, "finalised_at": None, "invoice": None}, "DRAFT"),
        ({"status": FeePeriodStatus.EMPTY, "fee": Decimal(0), "invoice": None}, ""),
    ],
)
def test_what_is_not_final_or_not_money_says_so_across_the_page(
    changes: dict[str, Any], watermark: str
) -> None:
    file = printing.statement(Statement(replace(PERIOD, **changes), EVIDENCE), issuer=ISSUER)
    found = [mark for mark in ("PRO FORMA", "DRAFT", "VOID") if mark in read(file)]
    assert found == ([watermark] if watermark else [])


def test_an_invoice_that_was_taken_back_is_void_on_paper() -> None:
    void = replace(INVOICE, invoice=replace(INVOICE.invoice, status=InvoiceStatus.VOID))
    assert "VOID" in read(printing.invoice(void))


def test_a_held_month_has_no_statement() -> None:
    with pytest.raises(NotFound):
        printing.statement(Statement(PERIOD, None), issuer=ISSUER)


def test_a_long_statement_goes_on_overleaf_under_its_watermark() -> None:
    accounts = [{**EVIDENCE["accounts"][0], "label": f"Account {place}"} for place in range(60)]
    found = Statement(replace(PERIOD, is_billable=False), {**EVIDENCE, "accounts": accounts})
    pages = PdfReader(io.BytesIO(printing.statement(found, issuer=ISSUER))).pages
    assert len(pages) > 1
    assert all("PRO FORMA" in page.extract_text() for page in pages)
