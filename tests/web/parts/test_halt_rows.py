"""Halts in words and figures."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from patriot_app.core.domain.halts import HaltLevel, TradingState
from patriot_app.core.queries.halt_effects import HaltEffect
from patriot_app.core.queries.risk import HaltView
from patriot_app.web.parts.halt_rows import (
    HOW_FAR,
    halt_row,
    halt_text,
    lift_text,
    phrase,
    progress_text,
    subject_of,
)
from tests.web.console.read_models import ID, NOW

EFFECT = HaltEffect(
    accounts=90, deployments=3, working_entries=1, open_positions=294, notional=Decimal(868_221)
)
HALT = HaltView(
    id=ID,
    scope="desk",
    scope_id="",
    subject="",
    state="halted",
    reason="Doubt",
    raised_by="Ada",
    raised_at=NOW - timedelta(minutes=2),
    lifted_by="",
    lifted_at=None,
    lift_reason="",
    level=3,
)


def test_a_halt_states_its_effect_in_numbers() -> None:
    text = halt_text(EFFECT, level=HaltLevel.CANCEL_ENTRIES, state=TradingState.HALTED)
    assert text.startswith(
        "Stops 3 running deployments on 90 accounts and cancels 1 working entry."
    )
    assert text.endswith("Keeps 294 open positions, about 868,221 USDT notional.")
    closing = halt_text(EFFECT, level=HaltLevel.FLATTEN, state=TradingState.REDUCING)
    assert "Nothing opens any more" in closing
    assert "Closes 294 open positions, about 868,221 USDT notional, at market" in closing
    mild = halt_text(EFFECT, level=HaltLevel.NO_ENTRIES, state=TradingState.REDUCING)
    assert "keeps 1 working entry" in mild
    last = halt_text(EFFECT, level=HaltLevel.STOP_SENDING, state=TradingState.HALTED)
    assert "no exit, no new stop, no cancel" in last


def test_the_phrase_names_what_is_halted() -> None:
    assert phrase("halt", subject_of("desk", "")) == "halt desk"
    assert phrase("lift", subject_of("exchange", "bybit")) == "lift bybit"
    assert phrase("flatten", subject_of("client", "Ada Byron")) == "flatten ada byron"


def test_progress_says_how_many_are_done_how_many_failed_and_how_long_it_takes() -> None:
    clearing = replace(
        HALT, done=608, failed=4, waiting=388, started_at=NOW - timedelta(seconds=65)
    )
    assert progress_text(clearing, now=NOW) == "Flatten 608/1,000, 4 failed, 41 s left"
    over = replace(clearing, done=996, waiting=0, finished_at=NOW)
    assert progress_text(over, now=NOW) == "Flatten 996/1,000, 4 failed, finished"
    cancelling = replace(HALT, level=2, waiting=10)
    assert progress_text(cancelling, now=NOW) == "Cancel 0/10"
    assert progress_text(HALT, now=NOW) == ""
    shares = halt_row(clearing, now=NOW).shares
    assert [share.percent for share in shares] == ["60.80%", "0.40%"]


def test_a_proposal_is_for_another_person_to_confirm() -> None:
    proposed = replace(HALT, lowering_to=1, lowering_by="Ada", lowering_reason="Calm")
    assert halt_row(proposed, now=NOW).lift_label == "Confirm"
    assert halt_row(proposed, now=NOW, is_proposer=True).lift_label == "Lift"
    assert halt_row(proposed, now=NOW).proposal == "Ada proposes to lower it to K1: Calm"


def test_lifting_says_whether_somebody_else_is_needed() -> None:
    row = halt_row(HALT, now=NOW)
    assert lift_text(EFFECT, row).endswith("Another person must confirm it.")
    alone = lift_text(EFFECT, row, is_one_person_desk=True)
    assert alone.endswith("you do it alone, and the record says so.")
    mild = halt_row(replace(HALT, level=1), now=NOW)
    assert lift_text(EFFECT, mild).endswith("as far as no other halt covers them.")


def test_what_was_lifted_says_by_whom_and_whether_alone() -> None:
    lifted = replace(HALT, lifted_at=NOW, lifted_by="Ada", is_solo=True)
    assert halt_row(lifted, now=NOW).ended.endswith("UTC by Ada, alone")


def test_every_level_can_be_chosen() -> None:
    assert {level for level, _, _ in HOW_FAR.values()} == set(HaltLevel)
