"""Books that tie show nothing; one wrong row shows itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from patriot_app.core.queries import invariants
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
