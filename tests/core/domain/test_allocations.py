from decimal import Decimal

import pytest

from patriot_app.core.domain.allocations import validate_shares
from patriot_app.core.errors import Invalid

QUARTER = Decimal("0.25")


def test_shares_up_to_the_whole_account_are_allowed() -> None:
    validate_shares([], added=Decimal(1))
    validate_shares([QUARTER] * 3, added=QUARTER)


@pytest.mark.parametrize(
    ("held", "added"),
    [
        ([], "0.04"),
        ([], "1.01"),
        ([QUARTER] * 3, "0.26"),
        ([Decimal("0.1")] * 5, "0.1"),
    ],
)
def test_too_small_too_many_or_too_much_is_refused(held: list[Decimal], added: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate_shares(held, added=Decimal(added))
    assert "share" in caught.value.fields
