"""The same seed and the same inputs lead to the same fills, ledgers and events, to the byte."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.paper_exchange.journal import Journal
from tests.paper_exchange.mixed_run import MixedRun
from tests.paper_exchange.trading_floor import bare_floor, open_floor, summarise

REQUESTS = 100_000


@pytest.mark.timeout(1_500)  # Two long runs; a loaded machine may take many times their usual time.
def test_two_runs_of_100_000_mixed_requests_have_equal_hashes() -> None:
    command = [sys.executable, "-m", "tests.paper_exchange.mixed_run", "7", str(REQUESTS)]
    # Different seeds of Python's own hashes, so that no order of a set can hide in the result.
    runs = [
        subprocess.Popen(
            command,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "4242")
    ]
    written = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    told = [json.loads(text) for text in written]
    assert told[0] == told[1]
    assert sum(told[0]["done"].values()) + sum(told[0]["refused"].values()) == REQUESTS
    assert told[0]["events"]["AccountUpdate"] > REQUESTS // 10


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
