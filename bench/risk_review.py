"""What the risk review costs of a fan-out's account, with every limit on: CPU microseconds.

The review itself is pure; what the limits need to know comes with the statement that gathers a
chunk of accounts. So both are measured: the review over its facts, and a whole gathering with all
limits set against one with none, on the same database in turns. CPU time of this process, which is
where the budget of 30 us an account counts; PostgreSQL works in processes of its own.

    python -m bench.risk_review [--accounts 1000] [--rounds 15]
"""

import argparse
import asyncio
import statistics
import time
from decimal import Decimal
from uuid import uuid4

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.account_rules import AccountRules
from patriot_app.core.domain.halts import TradingState
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk import APPROVED, Exposure, Wish, review
from patriot_app.core.domain.risk_limits import LimitName, LimitScope, RiskLimit
from patriot_app.core.services import signals, targets
from patriot_app.core.unit_of_work import begin
from tests.database import database, running_server
from tests.factories.desk import Desk, make_desk

EVERY_LIMIT = {
    LimitName.ORDER_NOTIONAL: "20000",
    LimitName.POSITION_NOTIONAL: "50000",
    LimitName.LEVERAGE: "10",
    LimitName.OPEN_POSITIONS: "5",
    LimitName.CONCENTRATION: "3",
    LimitName.ORDER_RATE: "1000",
    LimitName.DAILY_LOSS_FRACTION: "0.05",
    LimitName.DRAWDOWN_FRACTION: "0.2",
    LimitName.MARGIN_RATIO: "0.5",
    LimitName.DESK_EXPOSURE: "1000000000",
}
CHUNK = 100


def review_us(accounts: int) -> float:
    """Return the CPU us of one account's limits and review."""
    limits = [
        RiskLimit(LimitScope.DESK, None, name, Decimal(value))
        for name, value in EVERY_LIMIT.items()
    ]
    rules = AccountRules(limits, [], (), strategy_id=uuid4())
    client = uuid4()
    ids = [uuid4() for _ in range(accounts)]
    began = time.process_time()
    for account in ids:
        outcome = review(
            Wish(notional=Decimal(5_000), maintenance_rate=Decimal("0.004")),
            equity=Decimal(10_000),
            exposure=Exposure(
                Decimal(20_000),
                Decimal("0.01"),
                Decimal("0.02"),
                other_positions=2,
                orders_in_minute=1,
                maintenance_margin=Decimal(120),
            ),
            desk_notional=Decimal(1_000_000),
            limits=rules.limits(account_id=account, client_id=client),
            state=TradingState.ACTIVE,
        )
        assert outcome is APPROVED
    return (time.process_time() - began) / accounts * 1e6


async def gather_us(desk: Desk) -> float:
    """Return the CPU us an account of gathering the whole desk, chunk by chunk."""
    signal_id = await desk.signal()
    async with begin(SYSTEM) as uow:
        recorded = await signals.load(uow, signal_id)
        began = time.process_time()
        for start in range(0, len(desk.accounts), CHUNK):
            part = desk.accounts[start : start + CHUNK]
            found, _ = await targets.gather(uow, recorded, part, shards=desk.all_shards)
            assert len(found) == len(part)
        return (time.process_time() - began) / len(desk.accounts) * 1e6


def set_limits(desk: Desk, *, on: bool) -> None:
    """Set every limit, or none."""
    desk.execute("DELETE FROM risk_limits")
    for name, value in EVERY_LIMIT.items() if on else ():
        desk.execute(
            "INSERT INTO risk_limits (id, scope, name, value) VALUES (%s, 'desk', %s, %s)",
            uuid4(),
            name.value,
            Decimal(value),
        )


async def run(arguments: argparse.Namespace) -> None:
    """Measure in turns and print the medians."""
    pure, bare, full = [], [], []
    with running_server() as server, database(server) as name:
        engine = create_engine(server.url("patriot_daemon", name), process_name="b", pool_size=2)
        use_engine(engine)
        desk = make_desk(server, name, accounts=arguments.accounts, shards=64)
        for _ in range(arguments.rounds):
            pure.append(review_us(arguments.accounts))
            set_limits(desk, on=False)
            bare.append(await gather_us(desk))
            set_limits(desk, on=True)
            full.append(await gather_us(desk))
        use_engine(None)
        await engine.dispose()
    more = statistics.median(full) - statistics.median(bare)
    print(
        f"{arguments.accounts} accounts, CPU us an account: review {statistics.median(pure):.1f}, "
        f"what every limit adds to gathering {more:.1f} "
        f"({statistics.median(bare):.1f} with none, {statistics.median(full):.1f} with all)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=15)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
