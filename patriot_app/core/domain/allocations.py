"""How much of an account each strategy may use."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from patriot_app.core.errors import Invalid

SHARE_MINIMUM = Decimal("0.05")
STRATEGIES_PER_ACCOUNT_MAX = 5
SHARE_STEP = Decimal("0.0001")
"""A share is given to a hundredth of a per cent."""
Division = Mapping[UUID, Decimal]
"""The share of an account per deployment, fractions of its equity."""


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


def validate_division(wanted: Division, *, held: Division) -> None:
    """Check how a client wants to divide an account among the strategies that it follows.

    Args:
        wanted: a share for each deployment of `held`, none more.

    Raises:
        Invalid: by deployment id; the empty name is the division as a whole.
    """
    fields: dict[str, str] = {}
    if wanted.keys() != held.keys():
        fields[""] = "Give a share to every strategy of the account, and to no other"
    for deployment_id, share in wanted.items():
        if not SHARE_MINIMUM <= share <= 1:
            fields[str(deployment_id)] = f"A share is between {SHARE_MINIMUM * 100:.0f} and 100 %"
        elif share != share.quantize(SHARE_STEP):
            fields[str(deployment_id)] = "At most two decimals of a per cent"
    if len(wanted) > STRATEGIES_PER_ACCOUNT_MAX:
        fields[""] = f"An account follows at most {STRATEGIES_PER_ACCOUNT_MAX} strategies"
    total = sum(wanted.values(), Decimal(0))
    if not fields and total > 1:
        fields[""] = f"The shares add up to {total * 100:.2f} %; at most 100 % can be given"
    if not fields and all(wanted[key] == share for key, share in held.items()):
        fields[""] = "Nothing differs from what the account has now"
    if fields:
        raise Invalid(fields)


def divide(shares: Mapping[UUID, Decimal], *, total: Decimal) -> dict[UUID, Decimal]:
    """Spread a part of an account over deployments in proportion, rounded down to SHARE_STEP.

    Args:
        shares: above 0, in any unit.
        total: what may be given in all, a fraction.
    """
    whole = sum(shares.values(), Decimal(0))
    assert whole > 0
    return {
        key: (share * total / whole).quantize(SHARE_STEP, rounding=ROUND_DOWN)
        for key, share in shares.items()
    }
