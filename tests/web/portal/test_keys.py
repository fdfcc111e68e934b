"""What a customer is told of his own key."""

import pytest

from patriot_app.core.domain.lockdowns import ASK_CLIENT, INVESTIGATE, LockdownRule
from patriot_app.web.portal.keys import rows


@pytest.mark.parametrize("rule", LockdownRule)
def test_a_lockdown_is_told_with_what_goes_on_and_what_to_do(rule: LockdownRule) -> None:
    told = rows._told(rule)
    assert told.startswith("Locked down: ")
    assert "stays guarded" in told
    assert told.endswith(ASK_CLIENT[rule])
    assert ASK_CLIENT[rule] != INVESTIGATE[rule]
