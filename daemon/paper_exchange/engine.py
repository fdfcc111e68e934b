"""One paper exchange: inputs in, market time through, events out.

Every input first brings the market to the clock's present time, is then applied as a whole, and
is written to the journal before its answer leaves. The state moves only on the fixed grid of
price steps and by inputs, so the same inputs at the same market times always lead to the same
state; that is how a restart finds back to where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from daemon.paper_exchange import administration, placement
from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.clock import MarketClock
from daemon.paper_exchange.commands import (
    CancelConditional,
    CancelOrder,
    ChangeInstrument,
    CreateAccount,
    SetPrice,
)
from daemon.paper_exchange.depth import RECOVERY_MS
from daemon.paper_exchange.dispatch import (
    ACCOUNT_COMMANDS,
    DESK_COMMANDS,
    DeskCommand,
    Payload,
)
from daemon.paper_exchange.events import CandleClosed, MarketTick, Subscriber
from daemon.paper_exchange.expiry import expire_dated
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, InstrumentSpec
from daemon.paper_exchange.liquidation import liquidate_breached
from daemon.paper_exchange.margin import AccountMargin, measure_account
from daemon.paper_exchange.market import KNOTS, STEP_MS, Market
from daemon.paper_exchange.orders import (
    ConditionalOrder,
    ConditionalRequest,
    Order,
    OrderRequest,
)
from daemon.paper_exchange.prices import MINUTE_MS, PriceSource
from daemon.paper_exchange.profiles import ExchangeProfile
from daemon.paper_exchange.resting import work_resting
from daemon.paper_exchange.settlement import pay_funding
from daemon.paper_exchange.state import ExchangeState, Sequences
from daemon.paper_exchange.triggers import work_waiting

_LIQUIDATION_STEPS = frozenset(knot * STEP_MS for knot in KNOTS)


class Recorder(Protocol):
    """Where inputs are kept before they are answered."""

    def record_input(self, *, exchange: str, api_key: str, command: object, time_ms: int) -> None:
        """Keep one accepted input."""
        ...

    def record_time(self, *, exchange: str, time_ms: int) -> None:
        """Keep how far market time had come when accounts last changed."""
        ...


class Engine:
    """One exchange with its accounts. Not thread-safe; all calls come from one event loop.

    Attributes:
        state: read it freely, change it only through the methods here.
        time_ms: the last price step that was worked.
    """

    def __init__(
        self,
        *,
        profile: ExchangeProfile,
        instruments: Mapping[str, InstrumentSpec],
        source: PriceSource,
        clock: MarketClock,
        recorder: Recorder | None = None,
        book_seed: int = 0,
        recovery_ms: int = RECOVERY_MS,
    ) -> None:
        self.profile = profile
        self.source = source
        self.clock = clock
        self._recorder = recorder
        listed = {name: spec for name, spec in instruments.items() if name in source.symbols}
        self.state = ExchangeState(
            profile=profile,
            instruments=listed,
            markets={
                name: Market(
                    spec,
                    source,
                    mark_has_tick_decimals=profile.mark_has_tick_decimals,
                    book_seed=book_seed,
                    recovery_ms=recovery_ms,
                )
                for name, spec in listed.items()
            },
            sequences=Sequences.start(profile),
        )
        now_ms = clock.now_ms()
        self.start_at(now_ms - now_ms % STEP_MS)

    # -- reading ---------------------------------------------------------------------------

    @property
    def instruments(self) -> Mapping[str, InstrumentSpec]:
        """Return the listed contracts."""
        return self.state.instruments

    @property
    def accounts(self) -> Mapping[str, Account]:
        """Return the accounts by API key."""
        return self.state.accounts

    def market(self, symbol: str) -> Market:
        """Return a contract's market; Refused(UNKNOWN_SYMBOL) when it is not listed."""
        return self.state.market(symbol)

    def margin(self, account: Account) -> AccountMargin:
        """Measure an account at the present mark prices."""
        return measure_account(self.state, account)

    def find_order(
        self, account: Account, *, order_id: int | None = None, client_order_id: str = ""
    ) -> Order | None:
        """Find an order by either id; of several with one client id, the latest."""
        if order_id is None:
            order_id = account.client_order_ids.get(client_order_id, -1)
        return account.orders.get(order_id)

    def find_conditional(
        self, account: Account, *, conditional_id: int | None = None, client_order_id: str = ""
    ) -> ConditionalOrder | None:
        """Find a conditional order by either id."""
        if conditional_id is None:
            conditional_id = account.client_conditional_ids.get(client_order_id, -1)
        return account.conditionals.get(conditional_id)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call a function with every event; the result ends it. It must not raise or block."""
        self.state.subscribers.append(subscriber)
        return lambda: self.state.subscribers.remove(subscriber)

    # -- inputs ----------------------------------------------------------------------------

    def place_order(self, account: Account, request: OrderRequest) -> Order:
        """Accept an order; Refused when a rule forbids it. Fills may have happened already."""
        order: Order = self.submit(account, request)
        return order

    def place_conditional(self, account: Account, request: ConditionalRequest) -> ConditionalOrder:
        """Accept a conditional order; Refused when a rule forbids it."""
        conditional: ConditionalOrder = self.submit(account, request)
        return conditional

    def cancel_order(self, account: Account, order_id: int) -> Order:
        """Cancel an open order; Refused(UNKNOWN_ORDER) when there is none."""
        order: Order = self.submit(account, CancelOrder(order_id=order_id))
        return order

    def cancel_conditional(self, account: Account, conditional_id: int) -> ConditionalOrder:
        """Cancel an untriggered conditional order; Refused(UNKNOWN_ORDER) otherwise."""
        command = CancelConditional(conditional_id=conditional_id)
        conditional: ConditionalOrder = self.submit(account, command)
        return conditional

    def cancel_all(self, account: Account, symbol: str | None = None) -> list[Order]:
        """Cancel the open orders of a contract or of all; conditional orders stay."""
        self.enter()
        chosen = [o for o in account.open_orders.values() if symbol in {None, o.symbol}]
        return [self.cancel_order(account, o.order_id) for o in chosen if o.is_open]

    def cancel_all_conditionals(
        self, account: Account, symbol: str | None = None
    ) -> list[ConditionalOrder]:
        """Cancel the untriggered conditional orders of a contract or of all."""
        self.enter()
        chosen = [c for c in account.open_conditionals.values() if symbol in {None, c.symbol}]
        return [self.cancel_conditional(account, c.conditional_id) for c in chosen if c.is_open]

    def submit(self, account: Account, command: Payload) -> Any:
        """Apply one input of an account; returns what its function in the table returns."""
        now_ms = self.enter()
        result = ACCOUNT_COMMANDS[type(command)](self.state, account, command, now_ms)
        self._keep(account.api_key, command, now_ms)
        return result

    def check_order(self, account: Account, request: OrderRequest) -> None:
        """Run every check of an order without placing it; Refused as place_order would."""
        self.enter()
        market = self.state.market(request.symbol)
        placement.check_order(self.state, account, market, request)

    def create_account(self, command: CreateAccount) -> Account:
        """Open an account; the same API key again changes nothing."""
        existing = self.state.accounts.get(command.api_key)
        if existing is not None:
            return existing
        now_ms = self.enter()
        account = administration.create_account(self.state, command, now_ms)
        self._keep("", command, now_ms)
        return account

    def change_instrument(self, command: ChangeInstrument) -> InstrumentSpec:
        """Change a contract's filters, or take it off the exchange (its positions are settled)."""
        spec: InstrumentSpec = self.command(command)
        return spec

    def set_price(self, symbol: str, price: Decimal) -> Decimal:
        """Script a price from now on; triggers, fills and liquidations follow at once."""
        applied: Decimal = self.command(SetPrice(symbol=symbol, price=price))
        return applied

    def command(self, command: DeskCommand) -> Any:
        """Apply one input of the exchange's own; returns what its function in the table returns."""
        now_ms = self.enter()
        result = self._apply_desk(command, now_ms)
        self._keep("", command, now_ms)
        return result

    # -- time ------------------------------------------------------------------------------

    def enter(self) -> int:
        """Bring the market to the clock's time and return it; called by every input."""
        now_ms = self.clock.now_ms()
        self.advance_to(now_ms)
        if self.state.touched:
            self.state.touched = False
            if self._recorder is not None:
                self._recorder.record_time(exchange=self.profile.name, time_ms=now_ms)
        return now_ms

    def tick(self) -> int:
        """Do what `enter` does and tell subscribers that prices may have moved."""
        now_ms = self.enter()
        self.state.emit(MarketTick(now_ms))
        return now_ms

    def advance_to(self, now_ms: int) -> None:
        """Work every price step up to a market time."""
        while self.time_ms + STEP_MS <= now_ms:
            self._step(self.time_ms + STEP_MS)

    def start_at(self, time_ms: int) -> None:
        """Set the market to a step without working what came before it."""
        assert time_ms % STEP_MS == 0
        self.time_ms = time_ms
        for market in self.state.markets.values():
            market.step(time_ms)

    def replay(self, *, api_key: str, command: Any, time_ms: int) -> None:
        """Apply an input of the journal again."""
        self.advance_to(time_ms)
        if type(command) in DESK_COMMANDS:
            self._apply_desk(command, time_ms)
        else:
            account = self.state.accounts[api_key]
            ACCOUNT_COMMANDS[type(command)](self.state, account, command, time_ms)
        self.state.touched = False

    def _apply_desk(self, command: DeskCommand, now_ms: int) -> Any:
        result = DESK_COMMANDS[type(command)](self.state, command, now_ms)
        if isinstance(command, SetPrice):
            work_waiting(self.state, command.symbol, now_ms)
            work_resting(self.state, command.symbol, now_ms)
            liquidate_breached(self.state, now_ms)
        return result

    def _step(self, time_ms: int) -> None:
        state = self.state
        self.time_ms = time_ms
        for symbol, market in state.markets.items():
            market.step(time_ms)
            if time_ms % MINUTE_MS == 0 and state.subscribers:
                candle = market.candle(time_ms - MINUTE_MS)
                if candle is not None:
                    state.emit(CandleClosed(symbol, candle))
        if time_ms % FUNDING_INTERVAL_MS == 0:
            pay_funding(state, time_ms)
        if state.dated:
            expire_dated(state, time_ms)
        for symbol in state.markets:
            work_waiting(state, symbol, time_ms)
            work_resting(state, symbol, time_ms)
        if time_ms % MINUTE_MS in _LIQUIDATION_STEPS:
            liquidate_breached(state, time_ms)

    def _keep(self, api_key: str, command: object, now_ms: int) -> None:
        self.state.touched = False
        if self._recorder is not None:
            self._recorder.record_input(
                exchange=self.profile.name, api_key=api_key, command=command, time_ms=now_ms
            )
