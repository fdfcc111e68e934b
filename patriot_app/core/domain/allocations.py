"""How much of an account each strategy may use."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from patriot_app.core.errors import Invalid

SHARE_MINIMUM = Decimal("0.05")
STRATEGIES_PER_ACCOUNT_MAX = 5
SHARE_STEP = Decimal("0.0001")
"""A share is given to a hundredth of a per cent."""
Division = Mapping[UUID, Decimal]
"""The share of an account per deployment, fractions of its equity."""


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


def fitted(suggested: Mapping[UUID, Decimal], held: Division) -> dict[UUID, Decimal]:
    """Return a suggestion as a division that may be asked for; the total stays, at most 1.

    A strategy that the suggestion leaves out, or gives less than SHARE_MINIMUM, gets that much: a
    client tunes the strategies that he has, the desk takes them away.

    Args:
        suggested: by deployment; may leave some of `held` out.
    """
    total = min(sum(held.values(), Decimal(0)), Decimal(1))
    least = {key for key in held if not suggested.get(key, Decimal(0)) > 0}
    while True:
        rest = {key: suggested[key] for key in held if key not in least}
        left = total - SHARE_MINIMUM * len(least)
        if not rest or left < SHARE_MINIMUM * len(rest):
            return divide(dict.fromkeys(held, Decimal(1)), total=total)
        shares = divide(rest, total=left)
        small = {key for key, share in shares.items() if share < SHARE_MINIMUM}
        if not small:
            return {key: shares.get(key, SHARE_MINIMUM) for key in held}
        least |= small
