"""The way from a registration to the first trade, as it honestly stands."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.users import UserStatus


class StepState(StrEnum):
    """NOW: the client acts; WAITING: the desk or the exchange does; PROBLEM: the client must mend."""

    DONE = "done"
    NOW = "now"
    WAITING = "waiting"
    PROBLEM = "problem"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Onboarding:
    """What is known of a client's beginning.

    Attributes:
        refusal: why his newest key was refused; empty if it was not.
        balance: USDT on his best account, None before any was read.
        minimum: USDT that an account needs; 0: none.
        shares: symbols of running deployments that he takes part in.
    """

    status: UserStatus
    accounts: int
    verified_keys: int
    waiting_keys: int
    refusal: str
    balance: Decimal | None
    minimum: Decimal
    shares: int
    trades: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step and what to do or wait for."""

    name: str
    title: str
    state: StepState
    words: str


def balance_problem(balance: Decimal | None, *, minimum: Decimal) -> str:
    """Return why an account's money is not enough to begin with; empty if it is."""
    if minimum <= 0:
        return ""
    if balance is None:
        return "its balance was never read; wait until its key is verified"
    if balance < minimum:
        return (
            f"{balance.normalize():f} USDT on it; at least {minimum.normalize():f} USDT are needed"
        )
    return ""


def steps(known: Onboarding) -> tuple[Step, ...]:
    """Return the steps in their order; what cannot begin before an earlier one is done is later."""
    is_admitted = known.status is UserStatus.ACTIVE
    found = [
        Step(
            "approval",
            "Approval by the desk",
            StepState.DONE if is_admitted else StepState.WAITING,
            "" if is_admitted else "The desk looks at your registration. You need not do anything.",
        ),
        Step(
            "connect",
            "Connect an exchange account",
            StepState.DONE if known.accounts else StepState.NOW,
            "" if known.accounts else "Create a key at your exchange and enter it under Keys.",
        ),
        _key(known),
        _balance(known),
        Step(
            "strategies",
            "Strategies assigned",
            StepState.DONE if known.shares else StepState.WAITING,
            "" if known.shares else "The desk chooses strategies that suit your risk profile.",
        ),
        Step(
            "trade",
            "First trade",
            StepState.DONE if known.trades else StepState.WAITING,
            "" if known.trades else "The strategies wait for their next signal.",
        ),
    ]
    return _in_order(found)


def is_complete(known: Onboarding) -> bool:
    """Tell whether nothing is left to show."""
    return all(step.state is StepState.DONE for step in steps(known))


def _in_order(found: list[Step]) -> tuple[Step, ...]:
    """Let nothing look due that an earlier step still holds up."""
    shown: list[Step] = []
    for step in found:
        is_held = any(one.state is not StepState.DONE for one in shown)
        if is_held and step.state is not StepState.DONE:
            step = Step(step.name, step.title, StepState.LATER, "")
        shown.append(step)
    return tuple(shown)


def _key(known: Onboarding) -> Step:
    title = "Key checked"
    if known.verified_keys:
        return Step("key", title, StepState.DONE, "")
    if known.waiting_keys:
        return Step("key", title, StepState.WAITING, "The exchange is asked what your key may do.")
    if known.refusal:
        return Step("key", title, StepState.PROBLEM, known.refusal)
    return Step("key", title, StepState.NOW, "Connect a key that may read and trade, nothing else.")


def _balance(known: Onboarding) -> Step:
    title = "Enough money on it"
    if known.balance is None:
        return Step("balance", title, StepState.WAITING, "Your balance is being read.")
    if known.balance < known.minimum:
        words = (
            f"{known.balance.normalize():f} USDT are there; the desk needs at least"
            f" {known.minimum.normalize():f} USDT to begin. Deposit at your exchange."
        )
        return Step("balance", title, StepState.PROBLEM, words)
    return Step("balance", title, StepState.DONE, "")
