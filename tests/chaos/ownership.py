"""Whose each shard is, that nobody sends for another's, and how long a shard stays without anybody."""

import asyncio
import time
from uuid import UUID, uuid4

from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.services import desk_orders
from patriot_app.core.settings import Settings
from patriot_app.core.unit_of_work import begin
from tests.chaos.floor import START_S, SYMBOL, Floor
from tests.chaos.looking import until_seen
from tests.daemon.real_desk import Daemon

RENEWALS_S = float(Settings.model_fields["lease_renew_s"].default)
NEWEST = "(SELECT id FROM signals ORDER BY created_at DESC LIMIT 1)"
ANSWERED = (
    "SELECT count(DISTINCT t.account_id) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
    f" WHERE i.signal_id = {NEWEST} AND t.account_id = ANY(%s)"
    " AND t.state IN ('open', 'partially_filled', 'filled')"
)
OF_ANOTHER = (
    "SELECT count(*) FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id"
    " JOIN shard_leases AS l ON l.shard = t.shard"
    f" WHERE i.signal_id = {NEWEST} AND t.sending_at IS NOT NULL AND t.epoch <> l.epoch"
)
SENT_BY = (
    "SELECT l.owner, count(DISTINCT t.account_id) FROM attempts AS t"
    " JOIN intents AS i ON i.id = t.intent_id JOIN shard_leases AS l ON l.shard = t.shard"
    f" WHERE i.signal_id = {NEWEST} AND t.epoch = l.epoch GROUP BY 1"
)
READ_AFTER = (
    "SELECT subject_id, min(recorded_at) FROM events WHERE type = 'AccountReady'"
    " AND recorded_at > %s AND subject_id = ANY(%s) GROUP BY 1"
)
LIVES_WITH = (
    "SELECT l.owner, count(DISTINCT a.id) FROM accounts AS a"
    " JOIN shard_leases AS l ON l.shard = a.shard GROUP BY 1"
)


def shards_of(floor: Floor) -> dict[str, list[int]]:
    """Return the shards of each owner."""
    found: dict[str, list[int]] = {}
    for owner, shard in floor.desk.ask("SELECT owner, shard FROM shard_leases ORDER BY shard"):
        found.setdefault(owner, []).append(shard)
    return found


async def trade_shared(floor: Floor) -> None:
    """Two traders, one signal: each sends for the accounts of its own shards and for no other."""
    await until_seen(floor.is_settled, seconds=START_S)
    assert len(shards_of(floor)) == 2, f"two traders share the shards: {shards_of(floor)}"
    lives, sent = dict(floor.desk.ask(LIVES_WITH)), dict(floor.desk.ask(SENT_BY))
    assert sent.keys() == lives.keys(), f"accounts by owner {lives}, traded by {sent}"
    assert all(count <= lives[owner] for owner, count in sent.items()), f"{lives}, {sent}"
    assert not floor.desk.count(OF_ANOTHER), "an order left under an epoch that is not its owner's"


async def take_over_often(floor: Floor, *, times: int) -> None:
    """Kill one of two traders again and again; see when the other has traded every account of it."""
    action = SignalAction.CLOSE
    for _ in range(times):
        await floor.settled()
        await _take_over(floor, action)
        action = SignalAction.OPEN_LONG if action is SignalAction.CLOSE else SignalAction.CLOSE
        await floor.start()
        await floor.shared()


async def _take_over(floor: Floor, action: SignalAction) -> None:
    # At any time between two renewals, as a power cut would come.
    await asyncio.sleep(floor.chance.uniform(0, RENEWALS_S))
    victim = floor.chance.choice(floor.daemons)
    theirs = await _accounts_of(floor, victim)
    since = time.monotonic()
    await victim.kill()
    await floor.take_over(since=since)
    await until_seen(lambda: floor.desk.ready == len(floor.desk.accounts), seconds=START_S)
    await floor.publish(action)
    await until_seen(lambda: floor.desk.count(ANSWERED, theirs) == len(theirs), seconds=START_S)
    floor.traded_again.append(time.monotonic() - since)


async def take_over_crowded(floor: Floor) -> None:
    """One dies while few of its accounts have a position; see when those were read, and the others.

    The budget of an address does not do for all of them at once where it has many.
    """
    await floor.settled()
    await _close_most(floor)
    victim = floor.chance.choice(floor.daemons)
    theirs = await _accounts_of(floor, victim)
    held = {
        one for (one,) in floor.desk.ask("SELECT account_id FROM positions WHERE quantity <> 0")
    }
    assert held & set(theirs), "the one that dies has an account with a position"
    ((since,),) = floor.desk.ask("SELECT clock_timestamp()")
    await victim.kill()
    await until_seen(
        lambda: len(floor.desk.ask(READ_AFTER, since, theirs)) == len(theirs), seconds=START_S
    )
    for account_id, read_at in floor.desk.ask(READ_AFTER, since, theirs):
        times = floor.take_overs if account_id in held else floor.read_later
        times.append((read_at - since).total_seconds())
    await floor.shared()


async def _close_most(floor: Floor) -> None:
    """Leave a third of the positions, as an operator would."""
    assert floor.desk.operator is not None
    found = floor.desk.ask("SELECT account_id FROM positions WHERE quantity <> 0")
    holding = {account_id for (account_id,) in found}
    for account_id in (one for one in _all_but_each_third(floor) if one in holding):
        async with begin(floor.desk.operator) as uow:
            await desk_orders.close_position(
                uow, account_id, SYMBOL, reason="Chaos", idempotency_key=uuid4().hex
            )
    await floor.settled()
    left = len(floor.desk.accounts) - len(_all_but_each_third(floor))
    await until_seen(lambda: floor.held() <= left, seconds=START_S)


def _all_but_each_third(floor: Floor) -> list[UUID]:
    # By exchange first, so that both keep some.
    by_exchange = sorted(floor.desk.accounts, key=lambda one: floor.desk.accounts[one])
    return [one for number, one in enumerate(by_exchange) if number % 3]


async def _accounts_of(floor: Floor, daemon: Daemon) -> list[UUID]:
    """Return the accounts whose shards a daemon holds."""
    found = floor.desk.ask(
        "SELECT a.id FROM accounts AS a JOIN shard_leases AS l ON l.shard = a.shard"
        " WHERE l.owner = %s",
        await daemon.name(),
    )
    assert found, "the one that dies owned accounts"
    return [account_id for (account_id,) in found]
