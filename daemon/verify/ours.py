"""Our side of the comparison, from our tables."""

from decimal import Decimal

from daemon.verify.facts import MoneyFact, OrderFact, Side, TradeFact, add_order, money_key
from patriot_app.core.queries.verification import AccountBooks

STATES = {
    "open": "working",
    "partially_filled": "working",
    "filled": "filled",
    "late_filled": "filled",
    "canceled": "canceled",
    "expired": "expired",
    "rejected": "rejected",
    "sending": "unknown",
    "unknown": "unknown",
    "quarantined": "unknown",
}


def our_side(books: AccountBooks) -> Side:
    """Return our books in the plain form; numbers lose the zeros that NUMERIC adds."""
    side = Side()
    for row in books.orders:
        add_order(
            side,
            OrderFact(
                client_order_id=row["client_order_id"],
                symbol=row["symbol"],
                side=row["side"],
                state=STATES[row["state"]],
                filled=row["filled_quantity"],
            ),
        )
    for row in books.fills:
        side.trades[row["symbol"], row["exchange_trade_id"]] = TradeFact(
            symbol=row["symbol"],
            trade_id=row["exchange_trade_id"],
            order_id=row["exchange_order_id"],
            side=row["side"],
            quantity=row["quantity"],
            price=row["price"],
            commission=row["commission"],
        )
    side.positions = {row["symbol"]: row["quantity"] for row in books.positions}
    for row in books.ledger:
        fact = MoneyFact(
            row_type=row["row_type"],
            row_id=row["exchange_row_id"],
            symbol=row["symbol"],
            asset=row["asset"],
            amount=row["amount"],
            occurred_ms=round(row["occurred_at"].timestamp() * 1000),
        )
        side.ledger[money_key(fact)] = fact
    side.wallet = Decimal(books.wallet_opening) + sum(
        (row["amount"] for row in books.ledger if row["asset"] == "USDT"), Decimal(0)
    )
    return side
