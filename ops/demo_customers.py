"""Who the demo's customers are: the same for the same seed, and plainly not real people."""

import random
from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.users import RiskProfile

DOMAIN = "demo.invalid"  # reserved: mail to it can never reach anybody
_BINANCE_TENTHS = 7
_BALANCE_MIN, _BALANCE_MAX = 300, 60_000
_SHORT_EVERY = 25  # one in so many has too little for a single order
_SHORT_BALANCE = Decimal(6)
_RATES = (Decimal("0.20"), Decimal("0.25"), Decimal("0.30"))


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """One customer with one account.

    Attributes:
        balance: USDT at the paper exchange on the first day.
        rate: performance fee as a fraction.
    """

    number: int
    name: str
    email: str
    exchange: Exchange
    balance: Decimal
    rate: Decimal
    risk_profile: RiskProfile


def demo_customers(count: int, *, seed: int) -> list[DemoCustomer]:
    """Return the first `count` customers of a seed: 70 % on Binance, 30 % on Bybit.

    More customers of the same seed only add to the list, so that a demo can grow.
    """
    return [_customer(number, seed) for number in range(1, count + 1)]


def _customer(number: int, seed: int) -> DemoCustomer:
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret hangs on it
    is_binance = (number - 1) % 10 < _BINANCE_TENTHS
    return DemoCustomer(
        number=number,
        name=f"Demo client {number:03}",
        email=f"client{number:03}@{DOMAIN}",
        exchange=Exchange.BINANCE if is_binance else Exchange.BYBIT,
        balance=_balance(number, chance),
        rate=chance.choice(_RATES),
        risk_profile=chance.choice(list(RiskProfile)),
    )


def _balance(number: int, chance: random.Random) -> Decimal:
    if number % _SHORT_EVERY == 0:
        return _SHORT_BALANCE
    # Many small and few large, as on a real desk: the logarithm is spread evenly.
    spread = (_BALANCE_MAX / _BALANCE_MIN) ** chance.random()
    return Decimal(round(_BALANCE_MIN * spread))
