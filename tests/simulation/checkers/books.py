"""The books are the exchanges', digit for digit (T4, T5 and the books' own)."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from patriot_app.core.queries.invariants import INVARIANTS, RECORD
from tests.simulation.checkers.findings import Findings
from tests.simulation.desk import ACCOUNTS
from tests.simulation.prices import SYMBOLS

if TYPE_CHECKING:
    from tests.simulation.world import World

OVERFILLED = "An order never fills more than was wanted"


def check_fills(world: "World") -> Findings:
    """T4: trades at the exchanges and fills in the books are the same. A case is a trade."""
    booked = {
        (str(account), trade, quantity, price, commission)
        for account, trade, quantity, price, commission in world.database.read(
            "SELECT account_id, symbol || exchange_trade_id, quantity, price, commission FROM fills"
        )
    }
    true = {
        (
            str(account.id),
            f"{trade.symbol}{trade.trade_id}",
            trade.quantity,
            trade.price,
            trade.commission,
        )
        for account in ACCOUNTS
        for trade in world.history.truth(account).trades
    }
    # Bybit names an execution by another id than the engine's trade number.
    lost = len(true) - len(booked)
    by_content = Counter((a, q, p, c) for a, _, q, p, c in true)
    by_content.subtract((a, q, p, c) for a, _, q, p, c in booked)
    wrong = [f"{content} differs by {count}" for content, count in by_content.items() if count]
    return Findings(len(true), [*wrong, *([f"{lost} trades are not in the books"] if lost else [])])


def check_positions(world: "World") -> Findings:
    """T5: the sum of the fills is the exchange's position, and so is ours.

    A case is an account that traded an instrument.
    """
    ours = {
        (str(row[0]), row[1]): row[2]
        for row in world.database.read("SELECT account_id, symbol, quantity FROM positions")
    }
    found, cases = [], 0
    for account in ACCOUNTS:
        truth = world.history.truth(account)
        for symbol in SYMBOLS:
            trades = [trade for trade in truth.trades if trade.symbol == symbol]
            cases += bool(trades)
            traded = sum((t.quantity * t.side.sign for t in trades), Decimal(0))
            held = truth.quantity_of(symbol)
            booked = ours.get((str(account.id), symbol), Decimal(0))
            if not traded == held == booked:
                found.append(
                    f"{account.id} {symbol}: {traded} traded, {held} held, {booked} booked"
                )
    return Findings(cases, found)


def check_books(world: "World") -> Findings:
    """The product's own invariants, the whole record of events, and the wallet's ledger."""
    found = [f"ledger and wallet differ: {what}" for what in world.untied]
    with world.database.later(timedelta(minutes=3)):
        statements = {**INVARIANTS, **RECORD}
        answers = world.database.read_all(statements.values())
        for name, rows in zip(statements, answers, strict=True):
            if name == OVERFILLED:
                # Where the exchange did fill more, it is this invariant that tells the operator.
                untold = world.history.overfilled - {row[0] for row in rows}
                found += [f"{one} filled more than was wanted, untold" for one in sorted(untold)]
                rows = [row for row in rows if row[0] not in world.history.overfilled]
            found += [f"{name}: {row}" for row in rows]
    return Findings(1, found)
