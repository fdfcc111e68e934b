"""Which fault may explain for how long that a position of ours has no stop (T9).

The promise is ten seconds while the exchange answers and the desk can work. Each fault takes away so
much of that time as the protocol itself needs to be sure again, and not a second more; the seconds of
several faults overlap and never begin anew. What is left must keep the promise.
"""

from daemon.execution.streams import LOST_PAUSE_S
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.settings import Settings

LOOK_AGAIN_S = 1.0
"""Between the two look-ups that prove absence."""
RESOLVE_EVERY_S = 2.0
"""Pace of the resolver in these worlds."""
GUARD_EVERY_S = 5.0
"""Pace of the guard, which tries again what failed."""
AUDIT_EVERY_S = 30.0
"""Pace of the audit, which finds what no stream told: a stop that its owner cancelled."""
FRAME_LATE_S_MAX = 16.0
"""The longest that a stream keeps a frame here, and the way of what it tells through the books."""
SILENCE_S_MAX = 7.0
"""The longest silence that an exchange asks for here."""
ASKED_EVERY_S = 20.0
"""Pace at which an exchange is asked whether its maintenance goes on."""
RECOVER_EVERY_S = 5.0
"""Pace of the readings of accounts that are not ready, as all are after a maintenance."""
STORED_AGAIN_AFTER_TIMEOUTS = 3
"""An answer that could not be stored leaves its order SENDING for so many timeouts."""

DATABASE = frozenset(
    {"database_down", "database_slow", "deadlock", "commit_lost", "commit_unknown", "cut"}
)
BANS = frozenset({"too_many_429", "banned_418"})


def excuse_s(fault: str, exchange: Exchange, settings: Settings) -> float:
    """Return for how long after it a fault explains the lack of a stop."""
    proof_s = _proof_s(exchange, settings)
    if fault == "customer_cancels_stop":
        # Nobody tells when the stream is cut: the audit finds it and the guard places another.
        return AUDIT_EVERY_S + 2.0
    if fault == "frame_late":
        # Books that lack a trade may not know of the position: it is told late, or read by REST.
        return FRAME_LATE_S_MAX
    if fault == "reading_not_stored":
        # A gap whose trades could not be stored is read again at once.
        return LOST_PAUSE_S + settings.http_timeout_s
    if fault == "maintenance":
        # Noted as long as it lasts: then it is heard of, the account is read, and the guard acts.
        return ASKED_EVERY_S + RECOVER_EVERY_S + proof_s
    if fault in BANS:
        return SILENCE_S_MAX + proof_s
    if fault in DATABASE:
        # Without it nothing may be sent, and what had been sent may have lost its answer.
        return settings.http_timeout_s * STORED_AGAIN_AFTER_TIMEOUTS + proof_s
    if fault == "wall_clock_jumps":
        # Refused by its timestamp until the clock is measured anew, then tried by the next round.
        return proof_s + GUARD_EVERY_S
    # A request that may have been taken, by whoever sent it: nothing follows before the proof.
    return proof_s


def _proof_s(exchange: Exchange, settings: Settings) -> float:
    """Return how long it takes from a request without an answer to the proof of its absence."""
    delay_s = (
        settings.visibility_delay_bybit_s
        if exchange is Exchange.BYBIT
        else settings.visibility_delay_binance_s
    )
    fence_s = (settings.receive_window_ms + settings.clock_skew_ms) / 1000 + delay_s
    return max(fence_s, settings.http_timeout_s) + LOOK_AGAIN_S + RESOLVE_EVERY_S
