"""How much of an account each strategy may use."""

from collections.abc import Sequence
from decimal import Decimal

from patriot_app.core.errors import Invalid

SHARE_MINIMUM = Decimal("0.05")
STRATEGIES_PER_ACCOUNT_MAX = 5


def validate_shares(held: Sequence[Decimal], *, added: Decimal) -> None:
    """Check one more allocation against those that an account holds already.

    Args:
        held: shares of the account's other running deployments, each deployment once.

    Raises:
        Invalid: too small, too many, or more than the whole account.
    """
    if not SHARE_MINIMUM <= added <= 1:
        raise Invalid({"share": f"A share is between {SHARE_MINIMUM:.0%} and 100 %"})
    if len(held) >= STRATEGIES_PER_ACCOUNT_MAX:
        raise Invalid(
            {"share": f"An account follows at most {STRATEGIES_PER_ACCOUNT_MAX} strategies"}
        )
    free = 1 - sum(held, Decimal(0))
    if added > free:
        raise Invalid({"share": f"Only {max(free, Decimal(0)):.0%} of the account is still free"})
