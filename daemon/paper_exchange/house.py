"""The exchange's own side of every payment and of every trade.

What an account pays, somebody gets: the exchange its commission, the insurance fund what a
liquidation leaves, the book the profit that a trader does not make. Kept apart from the accounts,
so that the two can be compared to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from daemon.paper_exchange.accounts import LedgerType
from daemon.paper_exchange.orders import ZERO


@dataclass(slots=True)
class BookAccount:
    """What the synthetic book holds of one contract against all accounts together."""

    quantity: Decimal = ZERO
    """Positive is long, negative is short."""
    cash: Decimal = ZERO
    """What it was paid less what it paid, in USDT, not rounded."""


@dataclass(slots=True)
class House:
    """Running sums since the exchange began.

    Attributes:
        balances: by the type of ledger row, what came from all accounts together. With the
            wallets these always sum to zero (deposits count as paid by the outside).
        books: by contract.
        insurance_capital: what the insurance fund began with, in USDT.
    """

    balances: dict[LedgerType, Decimal] = field(default_factory=dict)
    books: dict[str, BookAccount] = field(default_factory=dict)
    insurance_capital: Decimal = ZERO

    @property
    def insurance_fund(self) -> Decimal:
        """Return what the fund holds: its capital with what liquidations paid in and took out."""
        return self.insurance_capital + self.balances.get(LedgerType.INSURANCE_CLEAR, ZERO)

    def pay(self, kind: LedgerType, amount: Decimal) -> None:
        """Take the other side of a ledger row's amount."""
        self.balances[kind] = self.balances.get(kind, ZERO) - amount

    def trade(self, symbol: str, quantity: Decimal, price: Decimal) -> None:
        """Take the other side of a fill; the quantity is signed as the account's."""
        book = self.books.setdefault(symbol, BookAccount())
        book.quantity -= quantity
        book.cash += quantity * price
