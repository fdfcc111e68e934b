"""The desk's invoicing details."""

from patriot_app.core.db import invoicing_terms
from patriot_app.core.domain.invoicing import InvoicingTerms
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import reading


async def terms(actor: Actor) -> InvoicingTerms:
    """Return who bills, and on which terms; it stands on every client's paper."""
    async with reading(actor) as session:
        return await invoicing_terms.current(session)
