"""What accounts are worth now, between two readings by REST.

The private streams tell wallet and positions when they change, the public streams tell prices;
equity follows from both. So a thousand accounts stay fresh without a request each, which one
address could not afford (PERFORMANCE 5, EXECUTION 2.9).
"""

from collections.abc import Callable, Collection, Mapping
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
    """One position; signed quantity, zero when flat; told_at is wall time."""

    quantity: Decimal
    entry_price: Decimal
    told_at: datetime


@dataclass(slots=True)
class AccountFigures:
    """One account as last told; money in USDT.

    Attributes:
        read_at: wall time before the last reading by REST began; what it did not show was flat then.
        holdings: by symbol, also those of which a stream told since that they are flat.
    """

    exchange: Exchange
    mode: AccountMode
    wallet_balance: Decimal
    read_at: datetime
    holdings: dict[str, Holding] = field(default_factory=dict)
    leverages: dict[str, int] = field(default_factory=dict)
    """By symbol, also where nothing is held: it is set before the first entry."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """An account at the present prices.

    Attributes:
        positions: those that are not flat.
        held_at: wall time as of which everything else is known to be flat.
        told_at: by symbol, wall time as of which its quantity is known.
    """

    balance: BalanceReport
    positions: tuple[PositionReport, ...]
    held_at: datetime
    told_at: Mapping[str, datetime]


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
        *,
        as_of: datetime,
    ) -> None:
        """Take over a complete reading; what a stream told while it was made is newer.

        Args:
            as_of: wall time before the reading began.
        """
        before = self._accounts.get(account_id)
        if before is not None and before.wallet_balance != balance.wallet_balance:
            # No stream told of it, such as a deposit while it was down: the ledger has news.
            self._money_moved.add(account_id)
        newer = {} if before is None else before.holdings
        told = {position.symbol: position.leverage for position in positions}
        self._accounts[account_id] = AccountFigures(
            leverages=(before.leverages if before is not None else {}) | told,
            exchange=exchange,
            mode=mode,
            wallet_balance=balance.wallet_balance,
            read_at=as_of,
            holdings={
                position.symbol: Holding(position.quantity, position.entry_price, as_of)
                for position in positions
                if position.quantity != 0
            }
            | {symbol: told for symbol, told in newer.items() if told.told_at > as_of},
        )

    def note_wallet(self, account_id: UUID, wallet_balance: Decimal) -> None:
        """Note a wallet told by a stream; its ledger has a new row then."""
        self._money_moved.add(account_id)
        figures = self._accounts.get(account_id)
        if figures is not None:
            figures.wallet_balance = wallet_balance

    def note_position(
        self,
        account_id: UUID,
        symbol: str,
        *,
        quantity: Decimal,
        entry_price: Decimal,
        told_at: datetime,
    ) -> None:
        """Note a position told by a stream; zero is flat."""
        figures = self._accounts.get(account_id)
        if figures is not None:
            figures.holdings[symbol] = Holding(quantity, entry_price, told_at)

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
            if held.quantity == 0:
                continue
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
            held_at=figures.read_at,
            told_at={symbol: held.told_at for symbol, held in figures.holdings.items()},
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
