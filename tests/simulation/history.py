"""What truly happened: watched at the exchanges' engines, compared with the books as it happens."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.events import ConditionalUpdate, Event, OrderUpdate
from daemon.paper_exchange.orders import ConditionalOrder, Order, TriggerStatus
from tests.simulation.desk import ACCOUNTS, BY_KEY, SimAccount
from tests.simulation.prices import SYMBOLS
from tests.simulation.requests import CLIENT_ORDER_ID

if TYPE_CHECKING:
    from tests.simulation.world import World

Holding = tuple[str, str]
"""Key of an account, and a symbol."""
_BOOKED = """
SELECT attempt.state, attempt.epoch, extract(epoch FROM attempt.sending_at)::float8, intent.leg,
       extract(epoch FROM intent.deadline)::float8, intent.id::text, intent.signal_id::text,
       (SELECT extract(epoch FROM min(raised_at))::float8 FROM halts WHERE lifted_at IS NULL),
       EXISTS (SELECT 1 FROM attempts AS other JOIN intents AS entry ON entry.id = other.intent_id
                WHERE other.account_id = attempt.account_id AND entry.symbol = intent.symbol
                  AND entry.leg = 'entry' AND other.state IN ('sending', 'unknown')
                  AND other.created_at < attempt.created_at)
  FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
 WHERE attempt.client_order_id = %s
"""
_UNREST = """
SELECT (SELECT count(*) FROM fan_outs WHERE state NOT IN ('finished', 'expired')),
       (SELECT count(*) FROM attempts
         WHERE state IN ('created', 'sending', 'unknown')),
       (SELECT count(*) FROM account_states
         WHERE NOT is_ready AND parked_reason = ''),
       (SELECT count(*) FROM fills),
       (SELECT coalesce(jsonb_object_agg(account_id || symbol, quantity), '{}') FROM positions),
       (SELECT coalesce(jsonb_object_agg(account_id || symbol, coalesce(wanted_stop::text, '')),
                        '{}')
          FROM positions WHERE quantity <> 0),
       (SELECT coalesce(array_agg(account_id::text), '{}') FROM account_states
         WHERE parked_reason <> ''),
       (SELECT coalesce(array_agg(client_order_id::text), '{}') FROM attempts
         WHERE state IN ('open', 'partially_filled')),
       (SELECT count(*) FROM protection_legs AS leg JOIN positions AS position
               USING (account_id, symbol)
         WHERE leg.state = 'placed' AND position.quantity = 0)
"""


@dataclass(frozen=True, slots=True)
class Booked:
    """An attempt's row at the moment in which its order was accepted."""

    state: str
    epoch: int | None
    sending_at: float | None
    leg: str
    deadline: float | None
    intent_id: str
    signal_id: str | None
    halted_since: float | None
    is_entry_open: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """One order with an id of ours that an exchange took.

    Attributes:
        booked: its row then; None if the books did not know it.
        position: of the account just before.
        ready_epoch: the newest epoch under which anybody was ready to trade the shard.
    """

    at: float
    account: SimAccount
    client_order_id: str
    symbol: str
    is_conditional: bool
    quantity: Decimal
    position: Decimal
    is_reduce_only: bool
    ready_epoch: int
    booked: Booked | None


@dataclass(slots=True)
class History:
    """The record of one world.

    Attributes:
        invisible_until: by client order id, while look-ups do not show an order yet.
        forged: ids of customers' own orders that only look like ours.
        enlarged: trades of orders that may only reduce and did not.
        early: shards that somebody traded before the predecessor's last order was over.
        overfilled: ids of orders of which the exchange filled more than there was.
        filled_late: ids of orders that the exchange filled after it had cancelled them.
        owners_changed: how often a shard went to another epoch.
    """

    world: "World"
    accepted: list[Accepted] = field(default_factory=list)
    forged: set[str] = field(default_factory=set)
    enlarged: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    invisible_until: dict[str, float] = field(default_factory=dict)
    overfilled: set[str] = field(default_factory=set)
    filled_late: set[str] = field(default_factory=set)
    owners_changed: int = 0
    _is_ours: dict[Holding, bool] = field(default_factory=dict)
    _ready_epochs: dict[int, int] = field(default_factory=dict)

    def watch(self) -> None:
        """Listen to both engines."""
        for engine in self.world.venue.engines.values():
            engine.subscribe(self._on_event)

    def truth(self, account: SimAccount) -> Account:
        """Return what the exchange knows of an account."""
        return self.world.venue.account(account.exchange.value, account.key)

    def is_naked(self, account: SimAccount, symbol: str) -> bool:
        """Tell whether an account holds a position that we opened, without a stop."""
        truth = self.truth(account)
        is_ours = self._is_ours.get((account.key, symbol), False)
        return is_ours and bool(truth.quantity_of(symbol)) and not has_stop(truth, symbol)

    def unrest(self) -> str:
        """Return what is still under way or differs from the exchanges, "" at rest."""
        row = self.world.database.read(_UNREST)[0]
        fan_outs, flying, not_ready, fills, positions, stops, parked, working, orphans = row
        for what, count in (
            ("fan-outs not finished", fan_outs),
            ("orders undecided", flying),
            ("accounts not ready", not_ready),
            ("stops of closed positions", orphans),
        ):
            if count:
                return f"{count} {what}"
        late = entries_beyond_their_end(self.world)
        if late:
            return f"{late} rest beyond their end"
        working = sorted(working)
        if working != self._resting():
            return f"{working} rest in the books, {self._resting()} at the exchanges"
        traded = sum(len(self.truth(account).trades) for account in ACCOUNTS)
        if fills != traded:
            return f"{fills} fills in the books, {traded} trades"
        for account, symbol in product(ACCOUNTS, SYMBOLS):
            held = self.truth(account).quantity_of(symbol)
            holding = f"{account.id}{symbol}"
            if Decimal(str(positions.get(holding, 0))) != held:
                return f"{account.id} holds {held} {symbol}, the books differ"
            wants_stop = bool(stops.get(holding)) and str(account.id) not in parked
            if held and wants_stop and not has_stop(self.truth(account), symbol):
                return f"{account.id} has no stop for {symbol}"
        return ""

    def _resting(self) -> list[str]:
        """Return the ids of ours that rest at the exchanges."""
        resting = []
        for account in ACCOUNTS:
            truth = self.truth(account)
            resting += [order.client_order_id for order in truth.open_orders.values()]
            resting += [
                conditional.request.order.client_order_id
                for conditional in truth.open_conditionals.values()
            ]
        return sorted(name for name in resting if self.is_of_us(name))

    def is_of_us(self, client_order_id: str) -> bool:
        """Tell whether an order's id is one of ours, and not only like ours."""
        is_of_our_form = CLIENT_ORDER_ID.fullmatch(client_order_id) is not None
        return is_of_our_form and client_order_id not in self.forged

    def _on_event(self, event: Event) -> None:
        if isinstance(event, OrderUpdate) and event.what == "NEW":
            self._accept(event.account, event.order, None)
        elif isinstance(event, OrderUpdate) and event.trade is not None:
            self._note_opening(event)
        elif (
            isinstance(event, ConditionalUpdate)
            and event.conditional.status is TriggerStatus.WAITING
        ):
            self._accept(event.account, None, event.conditional)

    def _accept(
        self, account: Account, order: Order | None, conditional: ConditionalOrder | None
    ) -> None:
        if conditional is not None:
            wanted = conditional.request.order
            symbol = conditional.symbol
            client_order_id, quantity = wanted.client_order_id, wanted.quantity
            is_reduce_only = conditional.request.close_position or wanted.reduce_only
        else:
            assert order is not None
            if order.conditional_id is not None:
                return
            symbol = order.symbol
            client_order_id, quantity = order.client_order_id, order.quantity * order.side.sign
            is_reduce_only = order.reduce_only
        if not self.is_of_us(client_order_id):
            return
        known = BY_KEY[account.api_key]
        rows: list[tuple[Any, ...]] = self.world.database.read(_BOOKED, client_order_id)
        self.accepted.append(
            Accepted(
                at=self.world.loop.now,
                account=known,
                client_order_id=client_order_id,
                symbol=symbol,
                is_conditional=conditional is not None,
                quantity=quantity,
                position=account.quantity_of(symbol),
                is_reduce_only=is_reduce_only,
                ready_epoch=self.ready_epoch(known.shard),
                booked=Booked(*rows[0]) if rows else None,
            )
        )
        chance = self.world.chance
        if self.world.may_disturb(known.key) and chance.strikes("invisible_at_first", 0.08):
            limit = (
                self.world.settings.visibility_delay_bybit_s
                if known.exchange.value == "bybit"
                else self.world.settings.visibility_delay_binance_s
            )
            self.invisible_until[client_order_id] = self.world.loop.now + chance.between(
                0.1, limit * 0.95
            )
            self.world.note_disturbed(known.key, "invisible_at_first")

    def _note_opening(self, event: OrderUpdate) -> None:
        """Remember whether a position was opened by us: only then we owe it a stop."""
        symbol = event.order.symbol
        quantity = event.account.quantity_of(symbol)
        assert event.trade is not None
        traded = event.trade.quantity * event.trade.side.sign
        if event.order.reduce_only and event.trade.closed_quantity != event.trade.quantity:
            self.enlarged.append(event.order.client_order_id)
        if quantity and abs(quantity) <= abs(traded):
            self._is_ours[event.account.api_key, symbol] = self.is_of_us(
                event.order.client_order_id
            )

    def ready_epoch(self, shard: int) -> int:
        """Return the newest epoch under which a node was ready to trade a shard, dead or not."""
        for node in self.world.nodes.values():
            lease = None if node.context is None else node.context.lease
            if lease is not None and shard in lease._ready and shard in lease._leases:
                epoch = lease._leases[shard].epoch
                early_s = lease._leases[shard].ready_at.timestamp() - self.world.loop.now
                if epoch > self._ready_epochs.get(shard, 0) and early_s > 0.01:
                    self.early.append(f"{node.name} trades shard {shard} {early_s:.1f} s early")
                if epoch > self._ready_epochs.get(shard, 0):
                    self.owners_changed += shard in self._ready_epochs
                    self._ready_epochs[shard] = epoch
        return self._ready_epochs.get(shard, 0)


def entries_beyond_their_end(world: "World") -> list[str]:
    """Return the orders of entries that rest although their time is over."""
    return [
        str(row[0])
        for row in world.database.read(
            "SELECT t.client_order_id FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
            " WHERE t.state IN ('open', 'partially_filled') AND i.leg = 'entry'"
            " AND i.expires_at < clock_timestamp() ORDER BY 1"
        )
    ]


def has_stop(account: Account, symbol: str) -> bool:
    """Tell whether a conditional order of the right side would close the position."""
    quantity = account.quantity_of(symbol)
    return any(
        conditional.symbol == symbol
        and conditional.request.order.side.sign * quantity < 0
        and (
            conditional.request.close_position
            or conditional.request.expires_with_position
            or conditional.request.order.reduce_only
        )
        for conditional in account.open_conditionals.values()
    )
