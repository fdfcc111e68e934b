"""The demo's customers: the same for the same seed, and plainly not real."""

from decimal import Decimal

from ops.demo_customers import DOMAIN, demo_customers
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.users import normalise_email


def test_seventy_of_a_hundred_are_on_binance() -> None:
    exchanges = [one.exchange for one in demo_customers(100, seed=7)]
    assert exchanges.count(Exchange.BINANCE) == 70
    assert exchanges.count(Exchange.BYBIT) == 30


def test_a_larger_demo_adds_to_the_smaller_one() -> None:
    assert demo_customers(300, seed=7)[:100] == demo_customers(100, seed=7)
    assert demo_customers(100, seed=8) != demo_customers(100, seed=7)


def test_everybody_is_plainly_not_real_and_has_his_own_address() -> None:
    customers = demo_customers(300, seed=7)
    addresses = {normalise_email(one.email) for one in customers}
    assert len(addresses) == 300
    assert all(one.name.startswith("Demo client") for one in customers)
    assert all(address.endswith(f"@{DOMAIN}") for address in addresses)


def test_a_few_have_too_little_for_a_single_order() -> None:
    balances = [one.balance for one in demo_customers(100, seed=7)]
    assert sum(balance < 10 for balance in balances) == 4
    assert all(Decimal(0) < balance <= 60_000 for balance in balances)
