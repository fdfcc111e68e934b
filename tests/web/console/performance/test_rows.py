from decimal import Decimal
from uuid import UUID

import pytest

from patriot_app.core.domain.strategy_days import ALL, StrategyPart
from patriot_app.core.queries.performance import Attribution, Subject, SubjectKind
from patriot_app.web.console.performance.rows import key_of, part_rows, subject_of

ID = UUID(int=7)


@pytest.mark.parametrize("kind", [SubjectKind.CLIENT, SubjectKind.ACCOUNT, SubjectKind.STRATEGY])
def test_a_subject_is_read_back_from_the_address(kind: SubjectKind) -> None:
    assert subject_of(key_of(Subject(kind, ID))) == Subject(kind, ID)


@pytest.mark.parametrize("key", ["", "client:", "client:x", f"desk:{ID}", f"invoice:{ID}"])
def test_nonsense_names_nobody(key: str) -> None:
    assert subject_of(key) is None


def test_strategies_end_with_their_sum() -> None:
    rows = part_rows(
        [
            Attribution(ID, "Trend", StrategyPart(Decimal(10), Decimal(-1), Decimal(-2))),
            Attribution(ALL, "", StrategyPart(Decimal(5), Decimal(0), Decimal(0))),
        ]
    )
    assert [(row.name, row.total.text) for row in rows] == [
        ("Trend", "+7.00"),
        ("No strategy", "+5.00"),
        ("Together", "+12.00"),
    ]
