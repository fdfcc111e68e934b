"""Note who took the books out of the house, of which days."""

from datetime import date

from patriot_app.core.domain.events import RegulatoryExportMade
from patriot_app.core.unit_of_work import UnitOfWork


async def note(uow: UnitOfWork, first: date, last: date, *, digest: str) -> None:
    """Record an export before it is handed out.

    Args:
        digest: SHA-256 of the file.
    """
    uow.record(RegulatoryExportMade(first=f"{first}", last=f"{last}", digest=digest))
