from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.breaches import (
    SEVERITY,
    BreachSeverity,
    excesses,
    is_over,
    judge,
    response_of,
)
from patriot_app.core.domain.risk_limits import (
    MEASURED,
    LimitName,
    LimitSubject,
    Response,
    effective_all,
)
from patriot_app.core.domain.risk_measurements import (
    AccountFacts,
    Measurement,
    days_to_liquidate,
    measure_account,
    risk_score,
)
from patriot_app.core.domain.value_at_risk import OBSERVATIONS_MIN, measure

D, N = Decimal, LimitName
LIMITS = {one.name: one for one in effective_all([], LimitSubject())}


def make_facts(**overrides: object) -> AccountFacts:
    facts: dict[str, object] = {
        "account_id": UUID(int=1),
        "client_id": UUID(int=2),
        "shard": 0,
        "exchange": Exchange.BINANCE,
        "mode": AccountMode.PAPER,
        "equity": D(10_000),
        "day_opening_equity": D(10_000),
        "peak_equity": D(10_000),
        "maintenance_margin": D(100),
        "notionals": {"BTCUSDT": D(20_000), "ETHUSDT": D(-10_000)},
        "day_volumes": {"BTCUSDT": D(1_000_000), "ETHUSDT": D(50_000)},
    }
    return AccountFacts(**(facts | overrides))  # type: ignore[arg-type]


def measured(**overrides: object) -> Measurement:
    return measure_account(make_facts(**overrides), None, LIMITS)


def test_figures_are_in_the_units_of_their_limits() -> None:
    values = measured(equity=D(9_500)).values
    assert values[N.POSITION_NOTIONAL] == 20_000
    assert values[N.OPEN_POSITIONS] == 2
    assert values[N.LEVERAGE] == D(30_000) / 9_500
    assert values[N.CONCENTRATION] == D(20_000) / 9_500
    assert values[N.DAILY_LOSS_FRACTION] == D("0.05")
    assert values[N.MARGIN_RATIO] == D(100) / 9_500
    assert values[N.LIQUIDITY_DAYS] == 2


def test_what_is_not_known_is_missing_and_a_flat_account_risks_nothing() -> None:
    assert N.VAR_95_FRACTION not in measured().values
    assert N.LEVERAGE not in measured(equity=None).values
    flat = measured(notionals={}, maintenance_margin=None).values
    assert {flat[name] for name in (N.VAR_95_FRACTION, N.MARGIN_RATIO, N.CORRELATION)} == {0}
    assert days_to_liquidate({"BTCUSDT": D(1)}, {}) is None


def test_an_account_without_equity_is_at_the_end_of_its_margin() -> None:
    assert measured(equity=D(-1)).values[N.MARGIN_RATIO] == 1


@pytest.mark.parametrize(
    ("bitcoin", "ether", "equity", "expected"),
    [
        ("3000", "3000", "10000", "1"),
        ("3000", "2999", "10000", "0"),
        ("90000", "100", "10000", "0"),
        ("3000", "-3000", "10000", "-1"),
        ("10", "10", "-1", "1"),
    ],
)
def test_two_positions_correlate_from_three_tenths_of_the_equity_each(
    bitcoin: str, ether: str, equity: str, expected: str
) -> None:
    notionals = {"BTCUSDT": D(bitcoin), "ETHUSDT": D(ether)}
    moves = [0.01, -0.01] * OBSERVATIONS_MIN
    risk = measure(notionals, {"BTCUSDT": moves, "ETHUSDT": moves})
    facts = make_facts(notionals=notionals, equity=D(equity))
    assert measure_account(facts, risk, LIMITS).values[N.CORRELATION] == D(expected)


def test_without_equity_nobody_knows_which_positions_are_large() -> None:
    assert N.CORRELATION not in measured(equity=None).values
    alone = measured(equity=None, notionals={"BTCUSDT": D(5)})
    assert alone.values[N.CORRELATION] == 0


def test_an_error_rate_needs_some_orders() -> None:
    assert N.ERROR_RATE not in measured(orders=4, errors=4).values
    assert measured(orders=5, errors=3).values[N.ERROR_RATE] == D("0.6")


@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        ("9501", []),
        ("9500", [(N.DAILY_LOSS_FRACTION, BreachSeverity.HIGH, Response.PAUSE)]),
        (
            "8000",
            [
                (N.DAILY_LOSS_FRACTION, BreachSeverity.HIGH, Response.PAUSE),
                (N.DRAWDOWN_FRACTION, BreachSeverity.CRITICAL, Response.FLATTEN),
            ],
        ),
    ],
)
def test_losses_breach_when_they_reach_their_limit(equity: str, expected: list[object]) -> None:
    found = excesses(measured(equity=D(equity)).values, LIMITS.values())
    assert [(one.name, one.severity, one.response) for one in found] == expected


@pytest.mark.parametrize(
    ("margin", "responses"),
    [
        ("5000", []),
        ("5001", [Response.NOTIFY]),
        ("7000", [Response.NOTIFY, Response.HALVE]),
        ("8500", [Response.NOTIFY, Response.HALVE, Response.FLATTEN]),
    ],
)
def test_a_rising_margin_ratio_warns_then_reduces_then_exits(
    margin: str, responses: list[Response]
) -> None:
    found = excesses(measured(maintenance_margin=D(margin)).values, LIMITS.values())
    assert [one.response for one in found] == responses


def test_the_limits_own_action_decides_what_a_drawdown_does() -> None:
    assert response_of(N.DRAWDOWN_FRACTION, Response.HALVE) is Response.HALVE
    assert response_of(N.CORRELATION, Response.PAUSE) is Response.PAUSE
    assert response_of(N.MARGIN_EXIT, Response.HALVE) is Response.FLATTEN
    assert response_of(N.MARGIN_REDUCE, None) is Response.HALVE


@pytest.mark.parametrize(
    ("name", "value", "limit", "over"),
    [
        (N.DRAWDOWN_FRACTION, "0.18", "0.2", True),
        (N.DRAWDOWN_FRACTION, "0.181", "0.2", False),
        (N.OPEN_POSITIONS, "5", "5", True),
        (N.OPEN_POSITIONS, "6", "5", False),
        (N.LEVERAGE, "40", None, True),
        (N.LEVERAGE, None, "10", False),
        (N.ERROR_RATE, None, "0.5", True),
    ],
)
def test_a_breach_is_over_well_within_its_limit_and_never_for_want_of_knowledge(
    name: LimitName, value: str | None, limit: str | None, over: bool
) -> None:
    figures = [None if one is None else D(one) for one in (value, limit)]
    assert is_over(name, *figures) is over


def test_between_its_end_and_its_limit_a_figure_is_neither_new_nor_over() -> None:
    judged = judge(measured(equity=D(9_530)).values, LIMITS)
    assert judged.excesses == ()
    assert N.DAILY_LOSS_FRACTION not in judged.over
    assert N.DRAWDOWN_FRACTION in judged.over


def test_every_measured_limit_has_a_severity() -> None:
    assert set(SEVERITY) == MEASURED


def test_the_score_is_a_hundred_where_every_limit_is_reached() -> None:
    values = {name: one.value for name, one in LIMITS.items() if one.value is not None}
    assert risk_score(values, LIMITS) == 100
    assert risk_score({}, LIMITS) == 0
    assert risk_score({N.LEVERAGE: D(10), N.DRAWDOWN_FRACTION: D(0)}, LIMITS) == 85


@given(st.dictionaries(st.sampled_from(sorted(MEASURED)), st.decimals(0, 100, places=2)))
def test_a_score_lies_between_nothing_and_a_hundred(values: dict[LimitName, Decimal]) -> None:
    assert 0 <= risk_score(values, LIMITS) <= 100
