"""Whoever is woken by an alarm finds a page that says what to do."""

import re
from pathlib import Path

import pytest

from patriot_app.core.domain.conditions import Cause
from patriot_app.core.domain.events import SEVERITIES, Severity
from patriot_app.web.console.system.rows import RUNBOOKS as RUNBOOK_OF

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
INDEX = (RUNBOOKS / "README.md").read_text()
PAGES = sorted(path.name for path in RUNBOOKS.glob("*.md") if path.name != "README.md")
SECTIONS = (
    "## What it means",
    "## What the system already did",
    "## What to do",
    "## How to check that it is over",
)


@pytest.mark.parametrize(
    "alarm", sorted(name for name, severity in SEVERITIES.items() if severity is Severity.CRITICAL)
)
def test_every_alarm_has_its_page(alarm: str) -> None:
    assert re.search(rf"\b{alarm}\b", INDEX)


@pytest.mark.parametrize("cause", [cause.value for cause in Cause])
def test_every_reason_not_to_trade_has_its_page(cause: str) -> None:
    assert re.search(rf"\b{cause}\b", INDEX)
    assert RUNBOOK_OF[Cause(cause)] in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_linked_and_answers_the_four_questions(page: str) -> None:
    assert f"({page})" in INDEX
    text = (RUNBOOKS / page).read_text()
    places = [text.find(section) for section in SECTIONS]
    assert -1 not in places
    assert places == sorted(places)
