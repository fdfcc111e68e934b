"""A client sees how far he is; and an account with too little money is given to no strategy."""

from decimal import Decimal

import pytest

from patriot_app.core.domain.onboarding import StepState, steps
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries import onboarding
from patriot_app.core.settings import get_settings
from tests.factories.rows import DaemonRows, customer, make_account, make_client, make_deployment


async def test_a_client_sees_his_own_beginning_and_nobody_elses(
    as_web: str, rows: DaemonRows
) -> None:
    ada, bob = await make_client(), await make_client(name="Bob")
    account_id = await make_account(ada)
    rows.state(account_id)
    known = await onboarding.progress(customer(ada), ada)
    assert (known.accounts, known.verified_keys, known.trades) == (1, 0, 0)
    assert known.balance is not None
    assert [step.state for step in steps(known)][:3] == [
        StepState.DONE,
        StepState.DONE,
        StepState.NOW,
    ]
    with pytest.raises(NotFound):
        await onboarding.progress(customer(bob), ada)


async def test_an_account_with_too_little_money_is_given_to_no_strategy(
    as_web: str, rows: DaemonRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATRIOT_MINIMUM_BALANCES", '{"USDT": "1000000000"}')
    get_settings.cache_clear()
    assert get_settings().minimum_balance() == Decimal(1_000_000_000)
    poor, unread = await make_account(label="Poor"), await make_account(label="Unread")
    rows.state(poor)
    rows.instrument()
    try:
        with pytest.raises(Refused, match=r"Poor: .* at least 1000000000 USDT are needed"):
            await make_deployment([poor])
        with pytest.raises(Refused, match="Unread: its balance was never read"):
            await make_deployment([unread])
    finally:
        get_settings.cache_clear()
