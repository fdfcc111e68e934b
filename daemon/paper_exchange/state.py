"""Everything one exchange knows: accounts, indexes by contract, number sequences, subscribers."""

from __future__ import annotations

from dataclasses import dataclass, field

from daemon.paper_exchange.accounts import Account, LedgerRow
from daemon.paper_exchange.events import Event, Subscriber
from daemon.paper_exchange.house import House
from daemon.paper_exchange.instruments import InstrumentSpec
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ConditionalOrder, Order, Trade
from daemon.paper_exchange.profiles import ExchangeProfile
from daemon.paper_exchange.refusals import Reason, Refused

ASSET = "USDT"

HistoryItem = Order | ConditionalOrder | Trade | LedgerRow


@dataclass(slots=True)
class Sequences:
    """The next number of each kind."""

    order: int
    conditional: int
    trade: int
    row: int
    uid: int

    @classmethod
    def start(cls, profile: ExchangeProfile) -> Sequences:
        """Begin where the exchange's profile says."""
        return cls(
            order=profile.first_order_id,
            conditional=profile.first_conditional_id,
            trade=profile.first_trade_id,
            row=profile.first_row_id,
            uid=profile.first_uid,
        )

    def next_order(self) -> int:
        """Take an order number."""
        self.order += 1
        return self.order

    def next_conditional(self) -> int:
        """Take a conditional order number."""
        self.conditional += 1
        return self.conditional

    def next_trade(self) -> int:
        """Take a trade number."""
        self.trade += 1
        return self.trade

    def next_row(self) -> int:
        """Take a ledger row number."""
        self.row += 1
        return self.row

    def next_uid(self) -> int:
        """Take an account number."""
        self.uid += 1
        return self.uid


@dataclass(slots=True)
class ExchangeState:
    """The state that inputs and price steps change.

    Attributes:
        resting: open orders by contract.
        waiting: untriggered conditional orders by contract.
        dated: open orders and untriggered conditional orders that expire at a time.
        holders: accounts with a position, by contract.
        finished: rows that will never change again and are not yet in the history file.
        touched: an account changed since the journal last noted the time.
    """

    profile: ExchangeProfile
    instruments: dict[str, InstrumentSpec]
    markets: dict[str, Market]
    sequences: Sequences
    accounts: dict[str, Account] = field(default_factory=dict)
    resting: dict[str, dict[int, Order]] = field(default_factory=dict)
    waiting: dict[str, dict[int, ConditionalOrder]] = field(default_factory=dict)
    dated: dict[int, Order | ConditionalOrder] = field(default_factory=dict)
    holders: dict[str, dict[str, Account]] = field(default_factory=dict)
    subscribers: list[Subscriber] = field(default_factory=list)
    house: House = field(init=False)
    finished: list[tuple[str, HistoryItem]] = field(default_factory=list)
    touched: bool = False

    def __post_init__(self) -> None:
        self.house = House(insurance_capital=self.profile.insurance_capital)

    def emit(self, event: Event) -> None:
        """Tell every subscriber."""
        for subscriber in self.subscribers:
            subscriber(event)

    def archive(self, account: Account, item: HistoryItem) -> None:
        """Note a row that is final, for the history file."""
        self.finished.append((account.api_key, item))
        self.touched = True

    def market(self, symbol: str) -> Market:
        """Return the market of a contract, or refuse an unknown one."""
        market = self.markets.get(symbol)
        if market is None:
            raise Refused(Reason.UNKNOWN_SYMBOL, symbol=symbol)
        return market

    def tradable(self, symbol: str) -> Market:
        """Return the market of a contract that is open for orders."""
        market = self.market(symbol)
        if not market.trading:
            raise Refused(Reason.NOT_TRADING, symbol=symbol)
        return market

    def index_position(self, account: Account, symbol: str) -> None:
        """Keep the holders' index in step with a position."""
        holders = self.holders.setdefault(symbol, {})
        if account.positions_in(symbol):
            holders[account.api_key] = account
        else:
            holders.pop(account.api_key, None)

    def holders_of(self, symbol: str) -> list[Account]:
        """Return the accounts with a position, oldest account first."""
        return sorted(self.holders.get(symbol, {}).values(), key=lambda account: account.uid)
