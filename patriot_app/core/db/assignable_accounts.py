"""May these accounts be given to a deployment: are they there, in use, and is enough money on them."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.onboarding import balance_problem
from patriot_app.core.errors import NotFound, Refused

NAMED_MAX = 3

_ACCOUNTS = text(
    "SELECT a.id, a.label, a.status, s.wallet_balance FROM accounts AS a"
    " LEFT JOIN account_states AS s ON s.account_id = a.id WHERE a.id = ANY(:ids) ORDER BY a.label"
)


async def check_assignable(
    session: AsyncSession, account_ids: Sequence[UUID], *, minimum: Decimal
) -> None:
    """Refuse what cannot be traded.

    Args:
        minimum: wallet balance in USDT that an account needs at its admission; 0: none.

    Raises:
        NotFound: no such account; Refused: disabled, never read, or too little money.
    """
    known = (await session.execute(_ACCOUNTS, {"ids": list(account_ids)})).all()
    if len(known) != len(account_ids):
        raise NotFound("One of the accounts does not exist")
    disabled = [row.label for row in known if row.status == "disabled"]
    if disabled:
        raise Refused(f"Disabled: {', '.join(disabled[:NAMED_MAX])}")
    poor = [
        f"{row.label}: {problem}"
        for row in known
        if (problem := balance_problem(row.wallet_balance, minimum=minimum))
    ]
    if poor:
        raise Refused(f"{'; '.join(poor[:NAMED_MAX])}{' …' if len(poor) > NAMED_MAX else ''}")
