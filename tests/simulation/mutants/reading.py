"""Deliberate bugs in how trades and orders get into the books."""

from daemon.execution import reading
from patriot_app.core.db import fill_statements
from patriot_app.core.services import fills
from tests.simulation.mutants.edits import Edit, Mutant
from tests.simulation.profiles import FORGED_IDS, GAPS, LATE_EVENTS, LATE_TURNS, TRADES_BY_REST

MUTANTS: dict[str, Mutant] = {
    "fills_not_told_apart": Mutant(
        "a trade that is told twice is stored twice",
        (
            Edit(
                fill_statements,
                "INSERT",
                "row.symbol, row.exchange_trade_id,",
                "row.symbol, row.exchange_trade_id || '-' || row.id,",
            ),
        ),
        shows=frozenset({"T4", "T5"}),
    ),
    "trades_never_read": Mutant(
        "what a stream missed is never read",
        (
            Edit(
                reading,
                "read_fills",
                "    async with begin",
                "    return NOTHING\n    async with begin",
            ),
        ),
        shows=frozenset({"T4", "T5"}),
        profile=LATE_EVENTS,
    ),
    "cursor_before_trades": Mutant(
        "the cursor moves before the trades are stored",
        (
            Edit(
                reading,
                "read_fills",
                "        batch = AccountReports(session.account_id, fills=page.fills)\n",
                "        batch = AccountReports(session.account_id, fills=page.fills)\n"
                "        async with begin(SYSTEM, clock=context.clock) as uow:\n"
                "            await fill_cursors.move_cursor("
                "uow, session.account_id, symbol, page.next_cursor)\n",
            ),
        ),
        shows=frozenset({"T4", "T5"}),
        profile=TRADES_BY_REST,
    ),
    "form_believed": Mutant(
        "an order whose id only looks like ours counts as ours",
        (
            Edit(
                reading,
                "is_ours",
                "    environment, body",
                "    return True\n    environment, body",
            ),
        ),
        shows=frozenset({"T19"}),
        profile=FORGED_IDS,
        seed=1,
    ),
    "late_trades_as_told": Mutant(
        "trades count in the order in which they are told",
        (Edit(fills, "_apply", "if owner.is_late", "if False"),),
        shows=frozenset({"T9", "books"}),
        profile=LATE_TURNS,
        seed=37,
    ),
    "trade_of_nobody": Mutant(
        "a trade read before its order's number is known belongs to nobody",
        (
            Edit(
                reading,
                "_are_orders_known",
                "if session.exchange is not Exchange.BINANCE or not numbers:",
                "if True:",
            ),
        ),
        shows=frozenset({"T7", "T9", "T17"}),
        profile=GAPS,
    ),
}
