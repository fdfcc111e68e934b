"""The settings of an exit plan, and the rules between them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum

_ZERO = Decimal(0)
_ONE = Decimal(1)


class Trailing(StrEnum):
    """What the distance of a trailing stop is measured in."""

    OFF = "off"
    PERCENT = "percent"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class ExitRules:
    """The settings of a plan; 0 switches a step off. All are fractions or multiples.

    Attributes:
        trailing_activation: gain as a share of the entry price at which the stop begins to follow.
        trailing_callback: distance as a share of the best price (PERCENT).
        trailing_distance: distance in multiples of the first stop's distance (RISK).
        partial_trigger: share of the way from entry to target that must be covered.
        partial_close: share of the position that is closed then.
        partial_stop: share of the way at which the stop lies after it.
        break_even: gain in multiples of the first stop's distance that moves the stop to the entry.
        break_even_margin: share of the entry price beyond it, for the commission.
    """

    trailing: Trailing = Trailing.OFF
    trailing_activation: Decimal = _ZERO
    trailing_callback: Decimal = Decimal("0.01")
    trailing_distance: Decimal = _ONE
    partial_trigger: Decimal = _ZERO
    partial_close: Decimal = Decimal("0.8")
    partial_stop: Decimal = Decimal("0.5")
    break_even: Decimal = _ZERO
    break_even_margin: Decimal = Decimal("0.001")

    @property
    def is_any(self) -> bool:
        """Tell whether anything at all is to be done."""
        return self.trailing is not Trailing.OFF or self.partial_trigger > 0 or self.break_even > 0

    def to_json(self) -> dict[str, str]:
        """Return the settings as text."""
        return {name: str(value) for name, value in asdict(self).items()}


def rules_from(raw: Mapping[str, object]) -> ExitRules:
    """Return rules from stored settings; what is missing takes its default.

    Versions that are older than a setting do not have it.
    """
    values = {
        name: Decimal(str(raw[name]))
        for name in asdict(ExitRules())
        if name != "trailing" and str(raw.get(name, "")).strip()
    }
    return ExitRules(trailing=Trailing(str(raw.get("trailing") or Trailing.OFF)), **values)


def problems_of(rules: ExitRules, *, has_target: bool) -> dict[str, str]:
    """Return the rules between the settings that are broken, as message per field."""
    problems = {}
    if rules.partial_trigger > 0:
        if rules.partial_stop >= rules.partial_trigger:
            problems["partial_stop"] = (
                "Must be below the share of the way that triggers it, or it would trigger at once"
            )
        if not has_target:
            problems["partial_trigger"] = "Needs a target: it is a share of the way to it"
    return problems
