"""Official and recorded wire samples, read where they lie; tests skip where they are absent."""

import json
from pathlib import Path
from typing import Any

import pytest

WIRE = Path(__file__).parents[4] / "shared" / "wire"


def _read(*parts: str) -> Any:
    path = WIRE.joinpath(*parts)
    if not path.exists():
        pytest.skip("the wire samples are not beside this checkout")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines() if line]
    return json.loads(path.read_text())


def binance_sample(group: str, name: str) -> Any:
    """Return an official sample answer, for example ("trade", "query_order")."""
    folder = ("binance_connector_python", "derivatives_trading_usds_futures", "rest_api")
    return _read(*folder, f"test_{group}_api.json")[name]["response"]


def bybit_sample(name: str) -> Any:
    """Return the result of an official sample answer, for example "order__execution"."""
    return _read("bybit_docs", f"{name}.json")["examples"][0]["result"]


def leverage_brackets() -> Any:
    """Return real leverage brackets."""
    return _read("freqtrade", "binance_leverageBracket_top.json")


def recorded_exchange_info() -> Any:
    """Return a whole recorded exchangeInfo."""
    for line in _read("cryptofeed", "BINANCE_FUTURES.0.jsonl"):
        if line.get("url", "").endswith("/exchangeInfo"):
            return line["payload"]
    raise AssertionError("the recording holds no exchangeInfo")
