"""Short worlds about one thing each: which faults there are, how often, and how busy everybody is.

A common world draws its mix of faults by its seed and meets a rare moment once in many. A focused
one has only the faults that lead to its moment, often.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.chance import Chance


@dataclass(frozen=True, slots=True)
class Profile:
    """How busy a world is, and which of the faults strike in it.

    Attributes:
        faults: probability by name instead of the usual one; others never strike. Empty: the
            seed's own mix.
        signals: fewest and most.
        pause_s: shortest and longest time between signals.
        customers_s: the same between acts of customers.
        last_s: the same between the last signal and the end of all faults.
        is_confined: only one account's requests go wrong.
        symbols: how many instruments are traded; all accounts hold all of them.
        has_slices: every entry at market is sent in slices.
        has_maintenance: an exchange closes for a while, as it or an operator has told before.
    """

    faults: Mapping[str, float] = field(default_factory=dict)
    signals: tuple[int, int] = (3, 5)
    pause_s: tuple[float, float] = (0.3, 7.0)
    customers_s: tuple[float, float] = (4.0, 12.0)
    last_s: tuple[float, float] = (1.0, 6.0)
    is_confined: bool = False
    symbols: int = 1
    has_slices: bool = False
    has_maintenance: bool = False


EVERYDAY = Profile(signals=(4, 6), pause_s=(0.3, 4.5), symbols=2)

AT_THE_FENCE = Profile({"stop_at_the_fence": 0.25})
"""A daemon stands still between timestamp and mark, or between mark and request."""
UNKNOWN_OUTCOMES = Profile(
    {
        "server_timeout_queued": 0.3,
        "late_then_queued": 0.1,
        "invisible_at_first": 0.3,
        "answer_lost": 0.1,
    },
    signals=(2, 4),
)
"""Orders that were taken, and neither the answer nor the first look-up shows it."""
ERRORS_THAT_WORKED = Profile(
    {"unknown_503_worked": 0.3, "server_timeout_worked": 0.4, "frame_late": 0.6}, signals=(3, 5)
)
"""Answers that sound like a refusal, to orders that were taken and of which the streams tell late."""
ODD_COMMITS = Profile(
    {"commit_lost": 0.06, "commit_unknown": 0.06, "deadlock": 0.04}, signals=(3, 5)
)
"""Commits that are lost, and those of which nobody hears."""
STOPS_CANCELLED = Profile(
    {"customer_cancels_stop": 0.9, "frame_lost_with_stream": 0.5, "stream_refused": 0.5},
    signals=(1, 2),
    customers_s=(1.0, 3.0),
    last_s=(20.0, 30.0),
)
"""Customers cancel our stops, and the streams do not tell."""
DEAD_DAEMONS = Profile(
    {"killed": 0.06, "kill": 0.003, "read_refused": 0.3, "read_lost": 0.1}, signals=(2, 4)
)
"""Daemons die, and their successors cannot read what they need."""
TRADES_BY_REST = Profile({"reading_not_stored": 0.4, "frame_lost_with_stream": 0.8}, signals=(4, 6))
"""Trades are read by REST, as streams break at every frame, and not every reading is stored."""
LATE_TURNS = Profile({"frame_late": 0.4}, signals=(6, 8), pause_s=(3.0, 6.0))
"""Positions turn while the trades of the exit are told after those of the entry."""
SLOW_ENGINE = Profile({"server_timeout_queued": 0.6}, signals=(5, 7), pause_s=(2.0, 4.0))
"""The gateway takes an order, gives an error at once, and the engine works the order later."""
GAPS = Profile(
    {"frame_lost_with_stream": 0.8, "slow_answer": 0.6, "answer_lost": 0.3}, signals=(3, 5)
)
"""Gaps of the streams are read by REST before the answers to the orders are there."""
LATE_EVENTS = Profile(
    {"frame_late": 0.6, "frame_lost_with_stream": 0.1, "answer_lost": 0.3, "slow_answer": 0.3},
    signals=(6, 8),
    pause_s=(0.3, 3.0),
)
"""Trades are told before and long after the answers to their orders."""
QUICK_TURNS = Profile(
    {"open_and_close_at_once": 0.8, "answer_lost": 0.4, "invisible_at_first": 0.3},
    signals=(4, 6),
    pause_s=(0.1, 2.0),
)
"""A signal comes before the order of the last one is known."""
LATE_PLANS = Profile(
    {"open_and_close_at_once": 0.8, "commit_lost": 0.15, "deadlock": 0.1},
    signals=(4, 6),
)
"""A plan fails and is made again, when the next signal has been planned."""
STALE_SIGNALS = Profile(
    {"stale_signal": 0.9, "database_down": 0.2},
    signals=(5, 6),
    pause_s=(3.0, 6.0),
    last_s=(10.0, 14.0),
)
"""Signals of short life that nobody can read before their time is over."""
BANS = Profile({"too_many_429": 0.15, "banned_418": 0.05}, signals=(3, 5))
"""Exchanges that want to hear nothing for a while."""
LEGS_UNSENT = Profile(
    {"kill_at_the_fence": 0.15, "customer_closes": 0.9},
    signals=(3, 5),
    customers_s=(0.5, 2.0),
)
"""Stops are recorded and not sent, and their positions are gone when a successor looks."""
ONE_VICTIM = Profile(
    {"lost": 0.3, "answer_lost": 0.2, "slow_answer": 0.3, "read_lost": 0.2},
    signals=(4, 6),
    is_confined=True,
)
"""One account's exchange does not answer; the others trade on."""
FORGED_IDS = Profile(
    {"customer_forges_id": 0.9, "stream_cut": 0.1},
    signals=(1, 2),
    customers_s=(0.5, 2.0),
)
"""Customers give their own orders ids that look like ours."""
HALTS = Profile({"halt": 0.6, "database_slow": 0.1}, signals=(4, 6), pause_s=(5.0, 9.0))
"""Operators halt and resume while signals come."""
SLICES_HALTED = Profile(
    {"halt": 0.7},
    signals=(4, 6),
    pause_s=(1.0, 3.0),
    last_s=(10.0, 14.0),
    symbols=2,
    has_slices=True,
)
"""Operators halt and resume while slices of entries wait for their time."""
SLICES_OF_THE_DEAD = Profile(
    {"killed": 0.1, "kill": 0.004, "answer_lost": 0.1},
    signals=(2, 3),
    pause_s=(8.0, 14.0),
    last_s=(10.0, 14.0),
    has_slices=True,
)
"""Daemons die between the slices of entries, and their successors go on."""
MAINTENANCE = Profile(
    {"wall_clock_jumps": 0.08, "customer_closes": 0.5, "customer_cancels_stop": 0.6},
    signals=(8, 10),
    pause_s=(1.0, 4.0),
    customers_s=(1.0, 3.0),
    symbols=2,
    has_maintenance=True,
)
"""An exchange closes while signals come and clocks of machines are wrong."""
SLICED_IN = 6
"""Of as many ordinary worlds one has entries that are sent in slices."""
CLOSED_IN = 100
"""Of as many ordinary worlds one has an exchange under maintenance."""


class Focused(Chance):
    """The decisions of a seed in a focused world."""

    def __init__(self, seed: int, profile: Profile, *, never: frozenset[str] = frozenset()) -> None:
        super().__init__(seed, only=frozenset(profile.faults), never=never, scale=1.0)
        self.profile = profile

    def strikes(self, fault: str, probability: float, *, of: random.Random | None = None) -> bool:
        """Tell whether a fault strikes now, as often as the profile wants."""
        return super().strikes(fault, self.profile.faults.get(fault, probability), of=of)


def profile_of(chance: Chance) -> Profile:
    """Return how busy the world of these decisions is."""
    return chance.profile if isinstance(chance, Focused) else EVERYDAY


def has_slices(seed: int, chance: Chance) -> bool:
    """Tell whether entries are sent in slices in the world of these decisions."""
    if isinstance(chance, Focused):
        return chance.profile.has_slices
    return seed % SLICED_IN == 1


def has_maintenance(seed: int, chance: Chance) -> bool:
    """Tell whether an exchange is under maintenance for a while in the world of these decisions."""
    if isinstance(chance, Focused):
        return chance.profile.has_maintenance
    return seed % CLOSED_IN == CLOSED_IN - 1


def chance_of(seed: int, profile: Profile) -> Chance:
    """Return the decisions of a seed under a profile."""
    return Focused(seed, profile) if profile.faults else Chance(seed)
