"""How positions of a strategy are left while they run well: settings that every strategy has."""

from patriot_app.core.domain.exit_rules import ExitRules, Trailing, problems_of, rules_from
from patriot_app.core.strategies.parameters import (
    Parameters,
    ParameterSpec,
    choice,
    decimal,
    get_decimal,
    to_raw,
)

EXIT_PARAMETERS: tuple[ParameterSpec, ...] = (
    choice(
        "trailing",
        "Trailing stop",
        default=Trailing.OFF.value,
        choices=tuple(kind.value for kind in Trailing),
        help="Percent of the best price, or multiples of the first stop's distance (risk).",
    ),
    decimal(
        "trailing_activation",
        "Trail from a gain of",
        default="0.01",
        minimum="0",
        maximum="0.5",
        step="0.001",
        help="Share of the entry price gained before the stop follows; 0 is at once.",
    ),
    decimal(
        "trailing_callback",
        "Trailing distance, percent",
        default="0.01",
        minimum="0.001",
        maximum="0.5",
        step="0.001",
        help="Share of the best price; 0.01 is 1 %.",
    ),
    decimal(
        "trailing_distance",
        "Trailing distance, risk",
        default="1",
        minimum="0.1",
        maximum="10",
        step="0.1",
        help="Multiples of the first stop's distance.",
    ),
    decimal(
        "partial_trigger",
        "Close a part after",
        default="0",
        minimum="0",
        maximum="0.99",
        step="0.01",
        help="Share of the way from entry to target, 0.8 for the 80/80/50 rule; 0 is off.",
    ),
    decimal(
        "partial_close",
        "Part that is closed",
        default="0.8",
        minimum="0.05",
        maximum="0.95",
        step="0.05",
        help="Share of the position, rounded down to the lot; once only.",
    ),
    decimal(
        "partial_stop",
        "Stop after that",
        default="0.5",
        minimum="0",
        maximum="0.95",
        step="0.05",
        help="Share of the way at which the stop lies then.",
    ),
    decimal(
        "break_even",
        "Stop to the entry after",
        default="0",
        minimum="0",
        maximum="20",
        step="0.1",
        help="Gain in multiples of the first stop's distance; 0 is off.",
    ),
    decimal(
        "break_even_margin",
        "Beyond the entry by",
        default="0.001",
        minimum="0",
        maximum="0.02",
        step="0.0005",
        help="Share of the entry price, for the commission.",
    ),
)


def exit_rules(values: Parameters) -> ExitRules:
    """Return the exit rules among a strategy's settings."""
    return rules_from(to_raw(values))


def exit_problems(values: Parameters) -> dict[str, str]:
    """Return the rules between the settings that are broken, as message per field.

    An operator's signal brings its own target, or none.
    """
    has_target = "reward_ratio" not in values or get_decimal(values, "reward_ratio") > 0
    return problems_of(exit_rules(values), has_target=has_target)
