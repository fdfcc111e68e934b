"""Each fault of a key at the paper exchange, by its own endpoints, comes to its own refusal."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.key_admission import judge
from patriot_app.core.domain.key_facts import Effect, KeyFinding, KeyIssue, KeyPolicy
from patriot_app.core.domain.key_identity import refusal_of
from patriot_app.core.errors import ExchangeRejected
from tests.daemon.exchanges.builders import make_session
from tests.exchange_contract.gateway_desk import Desk, eventually, running_desk

LOCAL = ["127.0.0.1"]
BOTH = tuple(Exchange)


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


def ms_from_now(**delta: float) -> int:
    return int((SystemClock().now() + timedelta(**delta)).timestamp() * 1000)


async def findings(
    desk: Desk, exchange: Exchange, *, policy: dict[str, Any] | None = None, **rights: Any
) -> list[KeyFinding]:
    """Judge a key as if it were a live account's; without more it is bound to our address."""
    session = await desk.open_account(exchange, permissions={"ip_whitelist": LOCAL} | rights)
    facts = await desk.gateway.fetch_permissions(session)
    judged = KeyPolicy(
        exchange=exchange,
        mode=AccountMode.LIVE,
        require_bound_ip=True,
        egress=("127.0.0.1",),
        now=SystemClock().now(),
    )
    return list(judge(facts, replace(judged, **(policy or {}))))


@pytest.mark.parametrize("exchange", BOTH)
async def test_a_bound_key_that_can_only_trade_is_in_order(desk: Desk, exchange: Exchange) -> None:
    assert await findings(desk, exchange) == []


@pytest.mark.parametrize(
    ("exchange", "right", "name"),
    [
        (Exchange.BINANCE, "withdraw", "enableWithdrawals"),
        (Exchange.BINANCE, "internal_transfer", "enableInternalTransfer"),
        (Exchange.BINANCE, "universal_transfer", "permitsUniversalTransfer"),
        (Exchange.BYBIT, "withdraw", "Wallet.Withdraw"),
        (Exchange.BYBIT, "internal_transfer", "Wallet.AccountTransfer"),
        (Exchange.BYBIT, "universal_transfer", "Wallet.SubMemberTransfer"),
    ],
)
async def test_each_right_to_move_money_is_refused_by_its_own_name(
    desk: Desk, exchange: Exchange, right: str, name: str
) -> None:
    (found,) = await findings(desk, exchange, **{right: True})
    assert (found.issue, found.effect) == (KeyIssue.MOVES_MONEY, Effect.REFUSE)
    assert f"({name})" in found.says


@pytest.mark.parametrize(
    ("exchange", "rights", "issue", "effect"),
    [
        (Exchange.BINANCE, {"trade": False}, KeyIssue.CANNOT_TRADE, Effect.REFUSE),
        (Exchange.BYBIT, {"trade": False}, KeyIssue.READ_ONLY, Effect.REFUSE),
        (Exchange.BINANCE, {"multi_assets": True}, KeyIssue.MULTI_ASSETS, Effect.REFUSE),
        (Exchange.BYBIT, {"unified": False}, KeyIssue.NOT_UNIFIED, Effect.REFUSE),
        (Exchange.BINANCE, {"ip_whitelist": []}, KeyIssue.UNBOUND, Effect.REFUSE),
        (Exchange.BYBIT, {"ip_whitelist": []}, KeyIssue.UNBOUND, Effect.REFUSE),
    ],
)
async def test_each_fault_is_refused(
    desk: Desk, exchange: Exchange, rights: dict[str, Any], issue: KeyIssue, effect: Effect
) -> None:
    (found,) = await findings(desk, exchange, **rights)
    assert (found.issue, found.effect) == (issue, effect)


@pytest.mark.parametrize("exchange", BOTH)
async def test_an_unbound_key_of_a_paper_account_is_warned_about(
    desk: Desk, exchange: Exchange
) -> None:
    policy = {"mode": AccountMode.PAPER}
    (found,) = await findings(desk, exchange, policy=policy, ip_whitelist=[])
    assert (found.issue, found.effect) == (KeyIssue.UNBOUND, Effect.WARN)


async def test_a_list_without_our_other_address_is_refused(desk: Desk) -> None:
    policy = {"egress": ("127.0.0.1", "127.0.0.9")}
    (found,) = await findings(desk, Exchange.BYBIT, policy=policy)
    assert found.issue is KeyIssue.ADDRESS_MISSING
    assert "(127.0.0.9)" in found.says


@pytest.mark.parametrize("exchange", BOTH)
async def test_hedge_mode_is_refused(desk: Desk, exchange: Exchange) -> None:
    session = await desk.open_account(exchange)
    await desk.paper.control(
        "POST",
        "/faults",
        {
            "kind": "position_mode_change",
            "exchange": exchange.value,
            "api_key": session.credentials.api_key.reveal(),
            "hedge_mode": True,
        },
    )
    facts = await eventually(
        lambda: desk.gateway.fetch_permissions(session), lambda found: found.is_one_way is False
    )
    policy = KeyPolicy(
        exchange=exchange,
        mode=AccountMode.PAPER,
        require_bound_ip=False,
        egress=(),
        now=SystemClock().now(),
    )
    assert KeyIssue.HEDGE_MODE in {found.issue for found in judge(facts, policy)}


@pytest.mark.parametrize("exchange", BOTH)
async def test_a_key_that_ends_soon_is_warned_about(desk: Desk, exchange: Exchange) -> None:
    (found,) = await findings(desk, exchange, expires_ms=ms_from_now(days=3))
    assert (found.issue, found.effect) == (KeyIssue.EXPIRES_SOON, Effect.WARN)


@pytest.mark.parametrize(
    ("exchange", "rights", "issue"),
    [
        (Exchange.BYBIT, {"expires_ms": 1}, KeyIssue.EXPIRED),
        (Exchange.BYBIT, {"ip_whitelist": ["198.51.100.9"]}, KeyIssue.ADDRESS_REFUSED),
        (Exchange.BINANCE, {"ip_whitelist": ["198.51.100.9"]}, KeyIssue.UNKNOWN_KEY),
        (Exchange.BINANCE, {"read": False}, KeyIssue.UNKNOWN_KEY),
        (Exchange.BINANCE, {"expires_ms": 1}, KeyIssue.UNKNOWN_KEY),
        (Exchange.BYBIT, {"read": False}, KeyIssue.CANNOT_READ),
    ],
)
async def test_a_key_that_is_kept_out_says_why_as_far_as_the_exchange_does(
    desk: Desk, exchange: Exchange, rights: dict[str, Any], issue: KeyIssue
) -> None:
    session = await desk.open_account(exchange, permissions=rights)
    with pytest.raises(ExchangeRejected) as caught:
        await desk.gateway.fetch_permissions(session)
    assert refusal_of(exchange, caught.value.code or "").issue is issue


@pytest.mark.parametrize("exchange", BOTH)
async def test_a_secret_of_another_key_says_so(desk: Desk, exchange: Exchange) -> None:
    good = await desk.open_account(exchange)
    wrong = make_session(
        exchange, api_key=good.credentials.api_key.reveal(), api_secret="another-keys-secret"
    )
    with pytest.raises(ExchangeRejected) as caught:
        await desk.gateway.fetch_permissions(wrong)
    assert refusal_of(exchange, caught.value.code or "").issue is KeyIssue.WRONG_SECRET


@pytest.mark.parametrize("exchange", BOTH)
async def test_a_run_of_denials_is_counted_until_the_key_is_let_in_again(
    desk: Desk, exchange: Exchange
) -> None:
    session = await desk.open_account(exchange)
    key = session.credentials.api_key.reveal()
    await desk.paper.act(exchange.value, key, "permissions", ip_whitelist=["198.51.100.9"])
    for _ in range(3):
        with pytest.raises(ExchangeRejected):
            await desk.gateway.fetch_balance(session)
    assert [run.session for run in desk.gateway.denials.at_least(3)] == [session]
    await desk.paper.act(exchange.value, key, "permissions", ip_whitelist=[])
    await desk.gateway.fetch_balance(session)
    assert session not in [run.session for run in desk.gateway.denials.at_least(1)]
