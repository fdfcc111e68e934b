from decimal import Decimal

import pydantic
import pytest

from patriot_app.core.domain.stress import StressKind, StressResult, StressSeverity
from patriot_app.core.queries.risk_watch import StressView
from patriot_app.web.console.risk.stress_rows import (
    StressForm,
    own_row,
    shocks_text,
    stress_csv,
    stress_row,
)

D, K = Decimal, StressKind
RESULT = StressResult(D("1234.5"), 3, 4, 3, ("DOGEUSDT",))
ALL = {K.MARKET_CRASH: D("-0.1"), K.VOLATILITY_SPIKE: D(5), K.CORRELATION_BREAKDOWN: D("0.15")}


def test_the_form_reads_per_cent_and_leaves_out_what_is_empty() -> None:
    form = StressForm.model_validate(
        {"market_crash": "−10 %", "volatility_spike": " ", "correlation_breakdown": "15"}
    )
    assert form.shocks() == {K.MARKET_CRASH: D("-0.1"), K.CORRELATION_BREAKDOWN: D("0.15")}
    assert StressForm().shocks() == {}
    with pytest.raises(pydantic.ValidationError, match="volatility_spike"):
        StressForm.model_validate({"volatility_spike": "much"})


def test_a_result_says_which_shocks_it_is_of() -> None:
    assert shocks_text(ALL) == (
        "prices rise by 10 %, 5 daily deviations against each, 15 % against each, hedges too"
    )
    row = own_row((ALL, RESULT))
    assert row.label == "All at once"
    assert row.shock.endswith("; no volatility known of DOGEUSDT")
    assert (row.loss.text, row.survival) == ("1,234.50", "3 of 4 accounts · 75%")
    assert own_row(({K.MARKET_CRASH: D("0.3")}, RESULT)).label == "Market crash"
    stated = StressView(K.MARKET_CRASH, StressSeverity.MILD, D("0.10"), RESULT)
    assert stress_row(stated).label == "Market crash, mild"
    assert stress_row(stated).shock.startswith("prices fall by 10 %")


def test_the_file_holds_stated_shocks_and_ones_own() -> None:
    stated = StressView(K.VOLATILITY_SPIKE, StressSeverity.SEVERE, D(6), RESULT)
    assert stress_csv([stated], [(ALL, RESULT)]).splitlines() == [
        "severity,market_crash,volatility_spike,correlation_breakdown,loss,positions,accounts,"
        "survivors,unknown",
        "severe,,6,,1234.5,3,4,3,DOGEUSDT",
        "own,-0.1,5,0.15,1234.5,3,4,3,DOGEUSDT",
    ]
