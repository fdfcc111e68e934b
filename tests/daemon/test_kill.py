"""A daemon dies in the middle of its work: no order doubled, none lost, every position stopped."""

from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from patriot_app.core.domain.signals import SignalAction
from tests.daemon.real_desk import RealDesk, real_desk
from tests.database import Server, database
from tests.waiting import until

ACCOUNTS = 20
IN_FLIGHT = "('created', 'sending', 'unknown')"
ACKNOWLEDGED = "('open', 'partially_filled', 'filled')"


@pytest.fixture
async def desk(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RealDesk]:
    """Each test has its own: a desk of real processes begins with nobody in it."""
    with database(server) as name:
        async with real_desk(server, name, tmp_path, monkeypatch) as made:
            yield made
        print(made.logs())  # shown where the test failed


def entries(desk: RealDesk, states: str) -> int:
    return desk.count(
        "SELECT count(*) FROM attempts AS a JOIN intents AS i ON i.id = a.intent_id"
        f" WHERE i.leg = 'entry' AND a.state IN {states}"
    )


def is_settled(desk: RealDesk, *, accounts: int = ACCOUNTS, signals: int = 1) -> bool:
    """Tell whether every account is decided and no order's outcome is open."""
    undecided = desk.count("SELECT count(*) FROM fan_outs WHERE state <> 'finished'")
    flying = desk.count(f"SELECT count(*) FROM attempts WHERE state IN {IN_FLIGHT}")
    decided = desk.count("SELECT count(*) FROM fan_out_accounts")
    return decided == accounts * signals and undecided == 0 and flying == 0


def filled(account: dict[str, Any], *, reduce_only: bool) -> list[dict[str, Any]]:
    return [
        order
        for order in account["orders"].values()
        if order["reduce_only"] is reduce_only and Decimal(order["filled_quantity"]) > 0
    ]


def stops(account: dict[str, Any]) -> list[dict[str, Any]]:
    return list(account["open_conditionals"].values())


async def all_have_stops(desk: RealDesk) -> bool:
    held = await desk.at_exchange()
    return all(
        len(stops(account)) == 1
        for account in held.values()
        if any(Decimal(p["quantity"]) for p in account["positions"].values())
    )


async def test_a_daemon_killed_in_a_fan_out_doubles_nothing_and_loses_nothing(
    desk: RealDesk,
) -> None:
    desk.variables["PATRIOT_FAN_OUT_CHUNK"] = "5"
    await desk.open_accounts(ACCOUNTS)
    first = await desk.start_daemon()
    deployment_id = await desk.deploy()
    # Some are worked and answered late, some worked late, the rest answer at once.
    slow = sorted(desk.accounts)
    await desk.delay_orders(slow[0::4], "delay", 3)
    await desk.delay_orders(slow[1::4], "delay_before", 2)
    await desk.publish(deployment_id, SignalAction.OPEN_LONG)
    await until(lambda: entries(desk, ACKNOWLEDGED) > 0, seconds=30)
    await first.kill()
    acknowledged, flying = entries(desk, ACKNOWLEDGED), entries(desk, IN_FLIGHT)
    assert acknowledged < ACCOUNTS
    assert flying > 0

    await desk.start_daemon()
    await until(lambda: is_settled(desk), seconds=60)
    await until(lambda: all_have_stops(desk), seconds=30)

    held = await desk.at_exchange()
    for account_id, account in held.items():
        ids = Counter(order["client_order_id"] for order in account["orders"].values())
        assert not [one for one, times in ids.items() if times > 1], account_id
        assert len(filled(account, reduce_only=False)) <= 1, account_id
    in_position = _nothing_is_lost(desk, held)
    code, table = await desk.verify()
    assert code == 0, table
    print(
        f"killed with {acknowledged} of {ACCOUNTS} acknowledged and {flying} in flight;"
        f" {in_position} hold the position"
    )


async def test_two_daemons_share_the_shards_and_one_takes_over(desk: RealDesk) -> None:
    one, other = await desk.start_daemon(), await desk.start_daemon()

    async def share() -> bool:
        held = [(await daemon.vital_signs()).get("shards_ready") for daemon in (one, other)]
        return held == [2, 2]

    await until(share, seconds=60)
    await desk.open_accounts(8)
    deployment_id = await desk.deploy()
    await desk.publish(deployment_id, SignalAction.OPEN_LONG)
    await until(lambda: is_settled(desk, accounts=8), seconds=30)
    traded = desk.ask(
        "SELECT a.shard, count(DISTINCT a.epoch), min(l.owner) FROM attempts AS a"
        " JOIN shard_leases AS l ON l.shard = a.shard AND l.epoch = a.epoch GROUP BY a.shard"
    )
    assert {epochs for _, epochs, _ in traded} == {1}
    owners = {owner for _, _, owner in traded}
    assert len(owners) == 2

    await one.kill()
    await desk.publish(deployment_id, SignalAction.CLOSE)

    async def is_flat() -> bool:
        held = (await desk.at_exchange()).values()
        return not any(Decimal(p["quantity"]) for a in held for p in a["positions"].values())

    await until(is_flat, seconds=60)
    await until(lambda: is_settled(desk, accounts=8, signals=2), seconds=30)
    for account_id, account in (await desk.at_exchange()).items():
        assert len(filled(account, reduce_only=False)) == 1, account_id
        assert len(filled(account, reduce_only=True)) == 1, account_id
    code, table = await desk.verify()
    assert code == 0, table


def _nothing_is_lost(desk: RealDesk, held: dict[UUID, dict[str, Any]]) -> int:
    """Return how many hold the position; the others were decided too, and say why they do not."""
    outcome = {
        row[0]: row[1:]
        for row in desk.ask(
            "SELECT f.account_id, f.decision, f.reason_code, f.reason, i.state,"
            " string_agg(a.evidence, '; '), coalesce(sum(a.filled_quantity), 0)"
            " FROM fan_out_accounts AS f LEFT JOIN intents AS i ON i.signal_id = f.signal_id"
            " AND i.account_id = f.account_id AND i.leg = 'entry'"
            " LEFT JOIN attempts AS a ON a.intent_id = i.id"
            " GROUP BY f.signal_id, f.account_id, i.state"
        )
    }
    assert len(outcome) == ACCOUNTS
    for account_id, account in held.items():
        decision, code, reason, state, evidence, quantity = outcome[account_id]
        at_exchange = sum(Decimal(o["filled_quantity"]) for o in filled(account, reduce_only=False))
        assert at_exchange == quantity, (account_id, decision, state)
        if quantity == 0:
            print(f"{account_id}: {decision} {code} {reason} {state} {evidence}")
            assert code or state in {"expired", "failed"}, account_id
    return sum(row[-1] > 0 for row in outcome.values())
