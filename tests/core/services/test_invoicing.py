"""The desk's invoicing details: set, told, frozen into what is issued under them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoicing import InvoicingTerms
from patriot_app.core.queries import invoices
from patriot_app.core.queries import invoicing as queries
from patriot_app.core.services import invoicing
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.months import Mandate, first_of, january
from tests.factories.rows import OPERATOR, customer

TERMS = InvoicingTerms(
    issuer=Issuer(name="Desk Ltd", address="1 Street", payment_instructions="IBAN 1"),
    payment_term_days=30,
    is_sent_at_once=False,
)


async def set_terms(terms: InvoicingTerms) -> None:
    async with begin(OPERATOR) as uow:
        await invoicing.set_terms(uow, terms)


async def told() -> list[Any]:
    async with begin(OPERATOR) as uow:
        found = await uow.session.execute(
            text("SELECT payload FROM events WHERE type = 'InvoicingChanged' ORDER BY sequence")
        )
        return list(found.scalars())


async def test_details_are_told_once_each_time_they_change(mandate: Mandate) -> None:
    before = len(await told())
    await set_terms(TERMS)
    await set_terms(TERMS)
    await set_terms(replace(TERMS, payment_term_days=10))
    changes = [one["changes"] for one in (await told())[before:]]
    assert changes[-1] == ["payment term: 30 days became 10 days"]
    assert len(changes) <= 2
    assert (await queries.terms(OPERATOR)).payment_term_days == 10


async def test_an_invoice_keeps_the_details_it_was_issued_with(mandate: Mandate) -> None:
    await set_terms(TERMS)
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    await set_terms(replace(TERMS, issuer=Issuer(name="Another Ltd"), payment_term_days=5))
    row = await mandate.invoice(1)
    assert row.due_at - row.finalised_at == timedelta(days=30)
    found = await invoices.get(OPERATOR, row.id)
    assert found.document.issuer == TERMS.issuer
    assert found.document.recipient == "Ada"
    assert (found.document.fee.fee, found.document.fee.base) == (150, 500)


async def test_the_database_changes_nothing_that_is_printed_on_an_invoice(
    mandate: Mandate, server: Server, database_name: str
) -> None:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    row = await mandate.invoice(1)
    with (
        psycopg.connect(server.uri, dbname=database_name) as superuser,
        pytest.raises(psycopg.errors.CheckViolation, match="is final"),
    ):
        superuser.execute("UPDATE invoices SET document = '{}' WHERE id = %s", (row.id,))


async def test_a_client_reads_who_bills_him_and_changes_nothing(mandate: Mandate) -> None:
    await set_terms(TERMS)
    client = customer(mandate.client_id)
    assert (await queries.terms(client)).issuer.name == "Desk Ltd"
    with pytest.raises(DBAPIError, match="row-level security"):
        async with begin(client) as uow:
            await invoicing.set_terms(uow, replace(TERMS, payment_term_days=1))
