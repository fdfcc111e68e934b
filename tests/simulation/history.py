"""What truly happened: watched at the exchanges' engines, compared with the books as it happens."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.events import ConditionalUpdate, Event, OrderUpdate
from daemon.paper_exchange.orders import ConditionalOrder, Order, TriggerStatus
from tests.simulation.desk import ACCOUNTS, BY_KEY, SHARDS, SimAccount
from tests.simulation.prices import SYMBOL
from tests.simulation.wire import CLIENT_ORDER_ID

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOK_EVERY_S = 0.5
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
       (SELECT coalesce(jsonb_object_agg(account_id, quantity), '{}') FROM positions
         WHERE symbol = %s),
       (SELECT coalesce(jsonb_object_agg(account_id, coalesce(wanted_stop::text, '')), '{}')
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
        naked_s: every span in which a position of ours had no stop, in seconds.
        forged: ids of customers' own orders that only look like ours.
        enlarged: trades of orders that may only reduce and did not.
        early: shards that somebody traded before the predecessor's last order was over.
        unexcused_s: by account, the most seconds of one such span that nothing explains.
        watched_s: by account, the most seconds of one such span in which a node owned the shard.
    """

    world: "World"
    accepted: list[Accepted] = field(default_factory=list)
    forged: set[str] = field(default_factory=set)
    enlarged: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    invisible_until: dict[str, float] = field(default_factory=dict)
    naked_s: list[float] = field(default_factory=list)
    unexcused_s: dict[str, float] = field(default_factory=dict)
    watched_s: dict[str, float] = field(default_factory=dict)
    takeovers_s: list[float] = field(default_factory=list)
    _naked: dict[str, float] = field(default_factory=dict)
    _unexcused: dict[str, float] = field(default_factory=dict)
    _watched: dict[str, float] = field(default_factory=dict)
    _is_ours: dict[str, bool] = field(default_factory=dict)
    _ownerless: dict[int, float] = field(default_factory=dict)
    _ready_epochs: dict[int, int] = field(default_factory=dict)

    def watch(self) -> None:
        """Listen to both engines."""
        for engine in self.world.venue.engines.values():
            engine.subscribe(self._on_event)

    async def run(self) -> None:
        """Look at protection and ownership at a steady pace."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for account in ACCOUNTS:
                self._look_at(account)
            self._look_at_owners()

    def truth(self, account: SimAccount) -> Account:
        """Return what the exchange knows of an account."""
        return self.world.venue.account(account.exchange.value, account.key)

    def is_naked(self, account: SimAccount) -> bool:
        """Tell whether an account holds a position that we opened, without a stop."""
        truth = self.truth(account)
        is_ours = self._is_ours.get(account.key, False)
        return is_ours and bool(truth.quantity_of(SYMBOL)) and not has_stop(truth)

    def unrest(self) -> str:
        """Return what is still under way or differs from the exchanges, "" at rest."""
        row = self.world.database.read(_UNREST, SYMBOL)[0]
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
        for account in ACCOUNTS:
            held = self.truth(account).quantity_of(SYMBOL)
            if Decimal(str(positions.get(str(account.id), 0))) != held:
                return f"{account.id} holds {held}, the books differ"
            wants_stop = bool(stops.get(str(account.id))) and str(account.id) not in parked
            if held and wants_stop and not has_stop(self.truth(account)):
                return f"{account.id} has no stop"
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
        return sorted(name for name in resting if self._is_of_us(name))

    def _is_of_us(self, client_order_id: str) -> bool:
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
            client_order_id, quantity = wanted.client_order_id, wanted.quantity
            is_reduce_only = conditional.request.close_position or wanted.reduce_only
        else:
            assert order is not None
            if order.conditional_id is not None:
                return
            client_order_id, quantity = order.client_order_id, order.quantity * order.side.sign
            is_reduce_only = order.reduce_only
        if not self._is_of_us(client_order_id):
            return
        known = BY_KEY[account.api_key]
        rows: list[tuple[Any, ...]] = self.world.database.read(_BOOKED, client_order_id)
        self.accepted.append(
            Accepted(
                at=self.world.loop.now,
                account=known,
                client_order_id=client_order_id,
                is_conditional=conditional is not None,
                quantity=quantity,
                position=account.quantity_of(SYMBOL),
                is_reduce_only=is_reduce_only,
                ready_epoch=self._ready_epoch(known.shard),
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
        key = event.account.api_key
        quantity = event.account.quantity_of(SYMBOL)
        assert event.trade is not None
        traded = event.trade.quantity * event.trade.side.sign
        if event.order.reduce_only and event.trade.closed_quantity != event.trade.quantity:
            self.enlarged.append(event.order.client_order_id)
        if quantity and abs(quantity) <= abs(traded):
            self._is_ours[key] = self._is_of_us(event.order.client_order_id)

    def _ready_epoch(self, shard: int) -> int:
        """Return the newest epoch under which a node was ready to trade a shard, dead or not."""
        for node in self.world.nodes.values():
            lease = None if node.context is None else node.context.lease
            if lease is not None and shard in lease._ready and shard in lease._leases:
                epoch = lease._leases[shard].epoch
                early_s = lease._leases[shard].ready_at.timestamp() - self.world.loop.now
                if epoch > self._ready_epochs.get(shard, 0) and early_s > 0.01:
                    self.early.append(f"{node.name} trades shard {shard} {early_s:.1f} s early")
                self._ready_epochs[shard] = max(self._ready_epochs.get(shard, 0), epoch)
        return self._ready_epochs.get(shard, 0)

    def _look_at(self, account: SimAccount) -> None:
        key = account.key
        if not self.is_naked(account):
            if key in self._naked:
                self.naked_s.append(self._naked.pop(key))
            self._unexcused[key] = self._watched[key] = 0.0
            return
        self._naked[key] = self._naked.get(key, 0.0) + LOOK_EVERY_S
        if self.world.owner_of(account.shard) is None:
            return
        self._watched[key] = self._watched.get(key, 0.0) + LOOK_EVERY_S
        self.watched_s[key] = max(self.watched_s.get(key, 0.0), self._watched[key])
        if not self.world.is_excused(key):
            self._unexcused[key] = self._unexcused.get(key, 0.0) + LOOK_EVERY_S
            self.unexcused_s[key] = max(self.unexcused_s.get(key, 0.0), self._unexcused[key])

    def _look_at_owners(self) -> None:
        for shard in range(SHARDS):
            self._ready_epoch(shard)
            if self.world.owner_of(shard) is None:
                self._ownerless[shard] = self._ownerless.get(shard, 0.0) + LOOK_EVERY_S
            elif shard in self._ownerless:
                self.takeovers_s.append(self._ownerless.pop(shard))


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


def has_stop(account: Account) -> bool:
    """Tell whether a conditional order of the right side would close the position."""
    quantity = account.quantity_of(SYMBOL)
    return any(
        conditional.symbol == SYMBOL
        and conditional.request.order.side.sign * quantity < 0
        and (
            conditional.request.close_position
            or conditional.request.expires_with_position
            or conditional.request.order.reduce_only
        )
        for conditional in account.open_conditionals.values()
    )
