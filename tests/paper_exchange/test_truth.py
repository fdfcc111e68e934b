"""The ground truth: complete, in pages, and the same after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange.truth import INDEX_STEP, TruthLog
from tests.paper_exchange.fault_desk import KEY, FaultDesk, running_fault_desk


async def every_entry(desk: FaultDesk, query: str = "", limit: int = 2) -> list[dict[str, Any]]:
    """Read the log page by page."""
    found: list[dict[str, Any]] = []
    after, more = 0, True
    while more:
        page = await desk.paper.control("GET", f"/truth?after={after}&limit={limit}{query}")
        found += page["entries"]
        after, more = page["next"], page["more"]
    return found


async def test_accepted_requests_are_there_with_ids_and_times_and_no_secret() -> None:
    async with running_fault_desk() as desk:
        await desk.plan("drop_after", exchange="binance")
        await desk.place("binance", "mine-1")
        await desk.place("bybit", "mine-2")
        await desk.place("binance", "mine-3", quantity="-1")
        await desk.rest("binance", "mine-4")
        await desk.cancel("binance", "mine-4")
        entries = await every_entry(desk, "&kind=request")
        assert [(e["exchange"], e["command"], e.get("client_order_id")) for e in entries] == [
            ("binance", "CreateAccount", None),
            ("bybit", "CreateAccount", None),
            ("binance", "OrderRequest", "mine-1"),
            ("bybit", "OrderRequest", "mine-2"),
            ("binance", "OrderRequest", "mine-4"),
            ("binance", "CancelOrder", None),
        ]
        assert [entry["n"] for entry in entries] == sorted(entry["n"] for entry in entries)
        assert entries[2]["fault_id"] == "f-1"
        assert "fault_id" not in entries[3]
        assert all(entry["wall_ms"] > 1_700_000_000_000 for entry in entries)
        assert "secret" not in str(entries)
        orders = await desk.orders("binance")
        assert [order["order_id"] for order in orders] == [e["order_id"] for e in entries[2:5:2]]


async def test_histories_come_in_pages() -> None:
    async with running_fault_desk() as desk:
        for number in range(5):
            await desk.place("binance", f"mine-{number}")
        path = f"/truth/binance/{KEY}/fills"
        first = await desk.paper.control("GET", f"{path}?limit=3")
        assert (len(first["entries"]), first["more"]) == (3, True)
        rest = await desk.paper.control("GET", f"{path}?after={first['next']}")
        assert (len(rest["entries"]), rest["more"]) == (2, False)
        account = await desk.truth("binance")
        assert account["counts"] == {"orders": 5, "conditionals": 0, "fills": 5, "ledger": 6}


async def test_truth_and_planned_faults_survive_a_restart(tmp_path: Path) -> None:
    async with running_fault_desk(home=tmp_path) as desk:
        await desk.plan("timeout", exchange="binance", times=3, client_id="mine-*")
        await desk.place("binance", "mine-1")
        before = await every_entry(desk)
        orders = await desk.orders("binance")
    async with running_fault_desk(home=tmp_path) as desk:
        after = await every_entry(desk)
        assert after[: len(before)] == before
        assert await desk.orders("binance") == orders
        planned = (await desk.paper.control("GET", "/faults"))["planned"]
        assert [(rule["id"], rule["times"], rule["fired"]) for rule in planned] == [("f-1", 2, 1)]
        assert (await desk.place("binance", "mine-2")).status == 408
        assert (await desk.plan("timeout"))["id"] == "f-2"


def test_a_line_that_a_kill_cut_off_is_forgotten(tmp_path: Path) -> None:
    log = TruthLog(tmp_path)
    for number in range(3):
        log.append({"kind": "request", "number": number})
    log.close()
    with (tmp_path / "truth.jsonl").open("ab") as file:
        file.write(b'{"n":4,"kind":"req')
    log = TruthLog(tmp_path)
    log.append({"kind": "request", "number": "new"})
    page = log.read()
    assert [(entry["n"], entry["number"]) for entry in page.entries] == [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, "new"),
    ]
    log.close()


@pytest.mark.parametrize("is_durable", [True, False])
def test_any_cursor_goes_on_where_it_stood(tmp_path: Path, is_durable: bool) -> None:
    log = TruthLog(tmp_path if is_durable else None)
    count = INDEX_STEP * 3 + 7
    for number in range(1, count + 1):
        log.append({"kind": "request" if number % 10 else "fault", "exchange": "binance"})
    for after in (0, 1, INDEX_STEP - 1, INDEX_STEP, INDEX_STEP + 1, count - 1, count, count + 9):
        page = log.read(after=after, limit=2)
        expected = [n for n in (after + 1, after + 2) if n <= count]
        assert [entry["n"] for entry in page.entries] == expected
        assert page.more is (bool(expected) and expected[-1] < count)
    faults = log.read(kind="fault", limit=5_000)
    assert [entry["n"] for entry in faults.entries] == list(range(10, count + 1, 10))
    log.close()
