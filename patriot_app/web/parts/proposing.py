"""What the screen says where an act takes a second person."""

from dataclasses import replace

from patriot_app.core.four_eyes import Submitted
from patriot_app.web.actions import Outcome


def proposed(outcome: Outcome) -> Outcome:
    """Say so where an act only waits for a second person."""
    if isinstance(outcome.value, Submitted) and not outcome.value.is_done:
        return replace(outcome, message="Proposed; another person must approve it under Approvals")
    return outcome
