"""Books that tie show nothing; one wrong row shows itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from patriot_app.core.queries import invariants
from tests.database import Server
from tests.factories.months import Mandate, first_of, flat, january
from tests.factories.rows import OPERATOR, DaemonRows, make_account

BEFORE = datetime.now(UTC) - timedelta(hours=1)


async def broken() -> set[str]:
    return {violation.invariant for violation in await invariants.violations(OPERATOR)}


async def test_a_book_that_ties_has_no_violation_and_a_wrong_row_is_found(
    as_web: str, rows: DaemonRows
) -> None:
    account_id = await make_account()
    attempt_id = rows.attempt(
        rows.intent(account_id),
        account_id,
        state="filled",
        filled_quantity=Decimal("0.5"),
        resolved_at=BEFORE,
    )
    rows.fill(account_id, attempt_id)
    rows.position(account_id)
    rows.insert("ledger_cursors", {"account_id": account_id, "rows_total": Decimal(10)})
    rows.ledger_row(account_id, "REALIZED_PNL", "10")
    assert await broken() == set()

    rows.execute("UPDATE positions SET quantity = 0.4 WHERE account_id = %s", account_id)
    assert await broken() == {"A position is the sum of its fills"}
    rows.execute("UPDATE positions SET quantity = 0.5 WHERE account_id = %s", account_id)

    rows.execute("UPDATE attempts SET filled_quantity = 0.6 WHERE id = %s", attempt_id)
    assert await broken() == {
        "The fills of an order add up to what it filled",
        "An order never fills more than was wanted",
    }
    rows.execute("UPDATE attempts SET filled_quantity = 0.5 WHERE id = %s", attempt_id)

    rows.execute("UPDATE ledger_cursors SET rows_total = 11 WHERE account_id = %s", account_id)
    assert await broken() == {"The running total of a ledger is the sum of its rows"}
    rows.execute("UPDATE ledger_cursors SET rows_total = 10 WHERE account_id = %s", account_id)

    rows.execute(
        "UPDATE positions SET wanted_stop = 49000, updated_at = %s WHERE account_id = %s",
        BEFORE,
        account_id,
    )
    assert await broken() == {"A position that wants a stop has one at the exchange"}


async def test_months_that_were_closed_and_paid_break_nothing(mandate: Mandate) -> None:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    flat(mandate, 2, binance="-300")
    await mandate.close(first_of(3))
    assert await invariants.violations(OPERATOR, invariants.MONEY) == ()


@pytest.mark.parametrize(
    ("change", "broken_rule"),
    [
        ("fee = fee + 0.01", "A fee is the rate on what is above the mark, rounded down"),
        ("base = base + 1000", "A fee is the rate on what is above the mark, rounded down"),
        (
            "evidence = jsonb_set(evidence, '{closing_equity}', '\"1\"')",
            "A statement explains all of the change of equity",
        ),
        (
            "evidence = jsonb_set(evidence, '{accounts,0,tie_out_difference}', '\"0.02\"')",
            "A month is closed only where its ledgers were whole and tied",
        ),
        (
            "high_water_mark_after = 700",
            "A mark falls only by an invoice taken back or an amendment",
        ),
    ],
)
async def test_a_month_that_was_tampered_with_is_found(
    mandate: Mandate, server: Server, database_name: str, change: str, broken_rule: str
) -> None:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    flat(mandate, 2, binance="100")
    (later,) = await mandate.close(first_of(3))
    await mandate.finalise(later.period_id)
    tamper(
        server, database_name, f"UPDATE fee_periods SET {change} WHERE id = %s", closed.period_id
    )
    found = await invariants.violations(OPERATOR, invariants.MONEY)
    tamper(
        server,
        database_name,
        "DELETE FROM invoices WHERE mandate_id = %(id)s;"
        " DELETE FROM fee_periods WHERE mandate_id = %(id)s",
        mandate.id,
    )
    assert {one.invariant for one in found} == {broken_rule}


def tamper(server: Server, database_name: str, statement: str, subject: UUID) -> None:
    """Change what no role may, as whoever holds the database could."""
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for part in statement.replace("%(id)s", "%s").split(";"):
            superuser.execute(part, (subject,))  # type: ignore[arg-type]
