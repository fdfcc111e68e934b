"""What accounts are worth now, between two readings by REST.

The private streams tell wallet and positions when they change, the public streams tell prices;
equity follows from both. So a thousand accounts stay fresh without a request each, which one
address could not afford (PERFORMANCE 5, EXECUTION 2.9).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.margin import initial_margin, liquidation_price, maintenance_margin
from patriot_app.core.domain.orders import PositionSide
from patriot_app.core.domain.positions import BalanceReport, PositionReport

_ZERO = Decimal(0)
PriceOf = Callable[[Exchange, AccountMode, str], Decimal | None]
"""Returns a fresh mark price, or None if there is none."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One position; signed quantity."""

    quantity: Decimal
    entry_price: Decimal


@dataclass(slots=True)
class AccountFigures:
    """One account as last told; money in USDT."""

    exchange: Exchange
    mode: AccountMode
    wallet_balance: Decimal
    holdings: dict[str, Holding] = field(default_factory=dict)
    leverages: dict[str, int] = field(default_factory=dict)
    """By symbol, also where nothing is held: it is set before the first entry."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """An account at the present prices."""

    balance: BalanceReport
    positions: tuple[PositionReport, ...]


class Figures:
    """All accounts whose money is known, and whose ledger has news.

    An account begins with a reading by REST; before it, news of it is not enough.
    """

    def __init__(self) -> None:
        self._accounts: dict[UUID, AccountFigures] = {}
        self._money_moved: set[UUID] = set()

    def put_reading(
        self,
        account_id: UUID,
        exchange: Exchange,
        mode: AccountMode,
        balance: BalanceReport,
        positions: Collection[PositionReport],
    ) -> None:
        """Take over a complete reading."""
        before = self._accounts.get(account_id)
        told = {position.symbol: position.leverage for position in positions}
        self._accounts[account_id] = AccountFigures(
            leverages=(before.leverages if before is not None else {}) | told,
            exchange=exchange,
            mode=mode,
            wallet_balance=balance.wallet_balance,
            holdings={
                position.symbol: Holding(position.quantity, position.entry_price)
                for position in positions
                if position.quantity != 0
            },
        )

    def note_wallet(self, account_id: UUID, wallet_balance: Decimal) -> None:
        """Note a wallet told by a stream; its ledger has a new row then."""
        self._money_moved.add(account_id)
        figures = self._accounts.get(account_id)
        if figures is not None:
            figures.wallet_balance = wallet_balance

    def note_position(
        self, account_id: UUID, symbol: str, *, quantity: Decimal, entry_price: Decimal
    ) -> None:
        """Note a position told by a stream; zero is flat."""
        figures = self._accounts.get(account_id)
        if figures is None:
            return
        if quantity == 0:
            figures.holdings.pop(symbol, None)
            return
        figures.holdings[symbol] = Holding(quantity, entry_price)

    def note_leverage(self, account_id: UUID, symbol: str, leverage: int) -> None:
        """Note what a symbol's leverage is at the exchange, whether or not anything is held."""
        figures = self._accounts.get(account_id)
        if figures is not None:
            figures.leverages[symbol] = leverage

    def forget(self, account_id: UUID) -> None:
        """Drop an account whose key is no longer open here."""
        self._accounts.pop(account_id, None)

    def money_moved(self) -> frozenset[UUID]:
        """Return accounts whose ledger has news."""
        return frozenset(self._money_moved)

    def money_read(self, account_id: UUID) -> None:
        """Note that an account's ledger is being read: what moves from now on is news again."""
        self._money_moved.discard(account_id)

    def value(
        self,
        account_id: UUID,
        *,
        price_of: PriceOf,
        instruments: dict[tuple[Exchange, str], Instrument],
        now: datetime,
    ) -> Valuation | None:
        """Value an account; None if a price or the leverage of what it holds is not known.

        Args:
            now: market time of the valuation.
        """
        figures = self._accounts.get(account_id)
        if figures is None:
            return None
        positions = []
        initial = maintenance = unrealised = _ZERO
        for symbol, held in figures.holdings.items():
            price = price_of(figures.exchange, figures.mode, symbol)
            instrument = instruments.get((figures.exchange, symbol))
            leverage = figures.leverages.get(symbol)
            if price is None or instrument is None or leverage is None:
                return None
            units = held.quantity * instrument.contract_size
            notional = abs(units) * price
            profit = units * (price - held.entry_price)
            unrealised += profit
            initial += initial_margin(notional, leverage=leverage)
            maintenance += maintenance_margin(instrument, notional) or _ZERO
            positions.append(_position(symbol, held, price, profit, instrument, figures, now))
        equity = figures.wallet_balance + unrealised
        return Valuation(
            balance=BalanceReport(
                wallet_balance=figures.wallet_balance,
                equity=equity,
                unrealised_pnl=unrealised,
                available_balance=max(_ZERO, equity - initial),
                initial_margin=initial,
                maintenance_margin=maintenance,
                updated_at=now,
            ),
            positions=tuple(positions),
        )


def _position(
    symbol: str,
    held: Holding,
    price: Decimal,
    profit: Decimal,
    instrument: Instrument,
    figures: AccountFigures,
    now: datetime,
) -> PositionReport:
    return PositionReport(
        symbol=symbol,
        position_side=PositionSide.BOTH,
        quantity=held.quantity,
        entry_price=held.entry_price,
        mark_price=price,
        unrealised_pnl=profit,
        # Of this position alone: the other ones' margin changes with each price.
        liquidation_price=liquidation_price(
            instrument,
            quantity=held.quantity,
            entry_price=held.entry_price,
            wallet_balance=figures.wallet_balance,
        ),
        leverage=figures.leverages[symbol],
        stop_loss=None,
        updated_at=now,
    )
