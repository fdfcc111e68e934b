"""The same seed and the same inputs lead to the same fills, ledgers and events, to the byte."""

import os
import subprocess
import sys
from pathlib import Path

from daemon.paper_exchange.journal import Journal
from tests.paper_exchange.bookkeeping import check_books, check_conservation
from tests.paper_exchange.mixed_run import MixedRun
from tests.paper_exchange.trading_floor import bare_floor, open_floor, summarise

REQUESTS = 100_000


def test_two_runs_of_100_000_mixed_requests_have_equal_hashes() -> None:
    command = [sys.executable, "-m", "tests.paper_exchange.mixed_run", "7", str(REQUESTS)]
    # Another seed of Python's own hashes, so that no order of a set can hide in the result.
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as other:
        run = MixedRun(7)
        here = run.work(REQUESTS)
        there, _ = other.communicate(timeout=900)
    assert other.returncode == 0
    assert here == there.strip()
    assert sum(run.done.values()) + sum(run.refused.values()) == REQUESTS
    assert run.events.counts["AccountUpdate"] > REQUESTS // 10
    for account in run.floor.accounts:
        check_books(account)
    check_conservation(run.floor)


def test_another_seed_leads_elsewhere() -> None:
    assert MixedRun(1).work(500) != MixedRun(2).work(500)


def test_the_input_log_of_a_mixed_run_leads_to_the_same_state(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    empty = open_floor(balances=())
    journal.snapshot({"binance": empty.engine}, empty.clock)
    run = MixedRun(3, recorder=journal)
    run.work(2_000)
    journal.snapshot({"binance": run.floor.engine}, run.floor.clock)
    run.work(2_000)
    run.floor.engine.enter()

    later = Journal(tmp_path)
    clock = later.read_clock()
    assert clock is not None
    restored = bare_floor(market_ms=clock["market_ms"])
    later.restore({"binance": restored.engine})
    restored.engine.advance_to(run.floor.clock.now_ms())
    assert summarise(restored.engine) == summarise(run.floor.engine)
    journal.close()
    later.close()
