"""What can be meant, and how each kind of meaning is met."""

from enum import StrEnum


class Intent(StrEnum):
    """One meaning; `none` is what the bot has nothing to say to."""

    PORTFOLIO = "portfolio"
    BALANCE = "balance"
    PERFORMANCE = "performance"
    POSITIONS = "positions"
    TRADES = "trades"
    ORDERS = "orders"
    WHY_NO_TRADE = "why_no_trade"
    FEES = "fees"
    STATEMENT = "statement"
    STRATEGIES = "strategies"
    CHANGE_ALLOCATION = "change_allocation"
    PAUSE = "pause"
    RESUME = "resume"
    ALERTS = "alerts"
    SETTINGS = "settings"
    CONNECT_EXCHANGE = "connect_exchange"
    UNLINK = "unlink"
    HELP = "help"
    PERSON = "person"
    GREETING = "greeting"
    DESK_STATUS = "desk_status"
    CLIENTS = "clients"
    EXPOSURE = "exposure"
    FAN_OUTS = "fan_outs"
    PROBLEM_KEYS = "problem_keys"
    HEALTH = "health"
    HALT = "halt"
    REDUCE_ONLY = "reduce_only"
    FLATTEN = "flatten"
    LIFT_HALT = "lift_halt"
    FAQ_FEE = "faq_fee"
    FAQ_KEY_SAFETY = "faq_key_safety"
    FAQ_WITHDRAW = "faq_withdraw"
    FAQ_DEPOSIT = "faq_deposit"
    FAQ_RISK_PROFILE = "faq_risk_profile"
    FAQ_PAUSE_EFFECT = "faq_pause_effect"
    FAQ_KEY_EXPIRY = "faq_key_expiry"
    FAQ_TAX = "faq_tax"
    FAQ_LEAVE = "faq_leave"
    FAQ_SECOND_FACTOR = "faq_second_factor"
    FAQ_LOSS = "faq_loss"
    FAQ_DELAY = "faq_delay"
    FAQ_PASSWORD = "faq_password"  # noqa: S105 - a topic
    NONE = "none"

    @property
    def is_faq(self) -> bool:
        """Whether a text of the FAQ answers it."""
        return self.value.startswith("faq_") or self is Intent.CONNECT_EXCHANGE


ACTS = frozenset(
    {
        Intent.CHANGE_ALLOCATION,
        Intent.PAUSE,
        Intent.RESUME,
        Intent.UNLINK,
        Intent.HALT,
        Intent.REDUCE_ONLY,
        Intent.FLATTEN,
        Intent.LIFT_HALT,
    }
)
"""Requests to act: they only ever lead to the question that the command asks."""

DESK = frozenset(
    {
        Intent.DESK_STATUS,
        Intent.CLIENTS,
        Intent.EXPOSURE,
        Intent.FAN_OUTS,
        Intent.PROBLEM_KEYS,
        Intent.HEALTH,
        Intent.HALT,
        Intent.REDUCE_ONLY,
        Intent.FLATTEN,
        Intent.LIFT_HALT,
    }
)
"""What only the desk's staff can mean."""

FOLLOWED = frozenset(
    {
        Intent.PERFORMANCE,
        Intent.POSITIONS,
        Intent.TRADES,
        Intent.ORDERS,
        Intent.WHY_NO_TRADE,
        Intent.FEES,
        Intent.STATEMENT,
        Intent.PORTFOLIO,
        Intent.BALANCE,
        Intent.EXPOSURE,
        Intent.FAN_OUTS,
        Intent.CLIENTS,
        Intent.HEALTH,
    }
)
"""Questions that "and last month?" can go on from; an act is never repeated by a half sentence."""
