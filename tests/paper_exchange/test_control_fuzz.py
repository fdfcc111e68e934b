"""Control requests of any shape: refused with field and rule, or done; never a failure."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.reading import read_rule
from daemon.paper_exchange.faults.templates import example_parameters
from daemon.paper_exchange.fields import Fields, InvalidField
from tests.paper_exchange.fault_desk import running_fault_desk

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["NaN", "1e400", "-0", "1e-400", "\x00", "9" * 50, "timeout", "binance"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "kind", "exchange", "api_key", "method", "path", "client_id", "symbol", "times", "after",
        "probability", "seed", "until_ms", "for_s", "accepted", "delay_s", "rates", "on", "limit",
        "permissions", "amount", "leverage", "headers", "status", "frame", "nonsense",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, ANYTHING, max_size=8), st.sampled_from(FaultKind))
def test_a_fault_command_is_a_rule_or_an_invalid_field(
    body: dict[str, Any], kind: FaultKind
) -> None:
    body = {**example_parameters(kind), **body, "kind": body.get("kind", kind)}
    refusal: InvalidField | None = None
    try:
        rule = read_rule(body, fault_id="f-1", now_ms=0)
    except InvalidField as error:
        refusal = error
    if refusal is None:
        assert rule.describe()["kind"] in set(FaultKind)
    else:
        assert refusal.field
        assert refusal.rule


@pytest.mark.parametrize("kind", sorted(FaultKind))
def test_the_example_of_a_kind_is_a_rule_that_survives_a_restart(kind: FaultKind) -> None:
    rule = read_rule({"kind": kind, **example_parameters(kind)}, fault_id="f-1", now_ms=0)
    counts = ("id", "seen", "fired", "order_entry")
    body = {name: value for name, value in rule.describe().items() if name not in counts}
    again = read_rule(body, fault_id="f-1", now_ms=0)
    assert again.describe() == rule.describe()


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "kind", "is missing"),
        ({"kind": "nothing"}, "kind", "must be one of"),
        ({"kind": "delay", "delay_s": -1}, "delay_s", "from 0 to 600"),
        ({"kind": "delay", "delay_s": float("nan")}, "delay_s", "must be a number"),
        ({"kind": "timeout", "times": 0}, "times", "from 1"),
        ({"kind": "timeout", "probability": 2}, "probability", "from 0 to 1"),
        ({"kind": "timeout", "exchnage": "binance"}, "exchnage", "is not known here"),
        ({"kind": "disconnected", "exchange": "bybit"}, "kind", "no answer of bybit"),
        ({"kind": "swarm", "rates": {}}, "rates", "at least one"),
        ({"kind": "swarm", "rates": {"html": 0.6, "empty": 0.6}}, "rates", "at most 1"),
        ({"kind": "swarm", "rates": {"stall": 0.1}}, "rates.stall", "must be one of"),
        ({"kind": "deposit", "on": {"times": 3}, "amount": 1}, "on.times", "is not known"),
        ({"kind": "withdrawal", "amount": "1e400"}, "amount", "positive amount"),
        ({"kind": "permissions_change", "permissions": {}}, "permissions", "must name one of"),
        ({"kind": "respond", "headers": {"a\r\nb": "c"}}, "headers", "line breaks"),
        ([], "body", "must be a JSON object"),
    ],
)
def test_what_is_wrong_is_named_with_its_rule(body: Any, field: str, rule: str) -> None:
    with pytest.raises(InvalidField) as caught:
        read_rule(body, fault_id="f-1", now_ms=0)
    assert caught.value.field == field
    assert rule in caught.value.rule


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
def test_every_field_is_read_or_refused(value: Any) -> None:
    for read in ("text", "integer", "number", "amount", "flag", "texts", "mapping"):
        fields = Fields({"name": value})
        refused = ""
        try:
            getattr(fields, read)("name")
        except InvalidField as error:
            refused = error.field
        assert refused in {"", "name"}


WORDS: tuple[Any, ...] = (
    None, True, 0, -1, 10**20, 0.5, float("inf"), "", "x" * 500, "1e400", "\ud800", "BTCUSDT",
    "binance", "key-1", [], {}, [[[]]], {"a": {"b": []}}, "10", "timeout",
)  # fmt: skip
FIELDS = (
    "exchange", "api_key", "api_secret", "balance", "label", "permissions", "leverage", "amount",
    "symbol", "price", "percent", "speed", "paused", "step_ms", "tier", "kind", "read", "withdraw",
    "ip_whitelist", "position_side", "after", "limit",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
async def test_every_control_path_refuses_nonsense_by_field_and_rule(seed: int) -> None:
    dice = random.Random(seed)
    async with running_fault_desk() as desk:
        app_routes = (await desk.paper.control("GET", "/api"))["served"]
        routes = [row for row in app_routes if row["exchange"] == "control"]
        for row in routes * 4:
            path = row["path"].format(
                exchange=dice.choice(("binance", "bybit", "%00", "nowhere")),
                api_key=dice.choice(("key-1", "%ff", "..%2f", "a" * 300)),
                fault_id=dice.choice(("f-1", "%F0%9F%92%A9", "-")),
                section=dice.choice(("orders", "fills", "nothing")),
            )
            body = {dice.choice(FIELDS): dice.choice(WORDS) for _ in range(dice.randrange(6))}
            raw = json.dumps(body).encode("utf-8", "surrogatepass")
            async with desk.session.request(
                row["method"], URL(f"{desk.paper.url}{path}", encoded=True), data=raw
            ) as answer:
                content = json.loads(await answer.text())
            assert answer.status in {200, 400, 404, 409}, (row, body, content)
            if answer.status == 400:
                assert content["field"], content
                assert content["rule"], content
        assert (await desk.place("bybit")).status == 200
