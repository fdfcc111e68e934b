"""How long a fan-out must wait for the limits of the addresses that it leaves from."""

import math
from dataclasses import dataclass

from patriot_app.core.domain.accounts import Exchange

ACCOUNTS_MAX = {Exchange.BINANCE: 250, Exchange.BYBIT: 180}
"""For one address: what reading every account costs of its budget, and one connection for each."""
READ_WITHIN_S = 7.5
"""What is left of the 30 s of a take-over after the waits for the former owner's last order."""
CONNECTIONS_MAX = {Exchange.BINANCE: 300, Exchange.BYBIT: 200}


@dataclass(frozen=True, slots=True)
class Egress:
    """One address at one exchange as a fan-out meets it.

    Attributes:
        room: units that entries may use in one window.
        used: units that count now.
        silent_s: seconds until it may be used at all.
    """

    accounts: int
    order_weight: float
    room: float
    window_s: float
    used: float
    silent_s: float


def read_all_s(*, accounts: int, at_once: int, window_s: float) -> float:
    """Return the seconds until the last account of an address was read afresh, at the longest.

    What does not fit into one window waits for the next. Accounts with something open go first.
    """
    assert at_once > 0
    return max(math.ceil(accounts / at_once) - 1, 0) * window_s


def fan_out_s(egress: Egress) -> float:
    """Return the seconds until an entry for each account of an address may have left.

    What is used now runs out within a window; what does not fit into one goes with the next.
    """
    needed = egress.accounts * egress.order_weight
    free = max(egress.room - egress.used, 0.0)
    if needed <= free:
        return egress.silent_s
    windows = math.ceil((needed - free) / egress.room)
    return egress.silent_s + windows * egress.window_s
