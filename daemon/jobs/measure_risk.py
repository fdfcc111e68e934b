"""Measure every account's risk beside its limits, keep what was found, and act on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from daemon.execution import breach_acts
from patriot_app.core.domain.breaches import Judged, judge
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.risk_limits import LimitSubject, RiskLimit, effective_all
from patriot_app.core.domain.risk_measurements import AccountFacts, Measurement, measure_account
from patriot_app.core.domain.value_at_risk import measure
from patriot_app.core.queries import risk_facts
from patriot_app.core.services import risk_watch
from patriot_app.core.unit_of_work import begin

FRESH = timedelta(seconds=60)
"""Older figures are not measured: what was found last stands, and grows stale on screen."""
CHUNK = 25
"""Accounts whose statistics are computed in one go, a few milliseconds: orders wait no longer."""

Found = tuple[list[Measurement], dict[UUID, Judged]]


async def run(context: Context) -> None:
    """Measure the accounts of our shards, market by market."""
    shards = list(context.lease.ready)
    if not shards:
        return
    now = context.clock.now()
    limits = await risk_facts.limits(now)
    by_market: dict[risk_facts.Market, list[AccountFacts]] = defaultdict(list)
    for facts in await risk_facts.accounts(shards, now=now, fresh_after=now - FRESH):
        by_market[facts.exchange, facts.mode].append(facts)
    for market, accounts in by_market.items():
        symbols = sorted({symbol for each in accounts for symbol in each.notionals})
        until = context.market_now()
        returns = await risk_facts.hourly_returns(market, symbols, until=until)
        volumes = await risk_facts.day_volumes(market, symbols, until=until)
        for start in range(0, len(accounts), CHUNK):
            part = [replace(a, day_volumes=volumes) for a in accounts[start : start + CHUNK]]
            measured, found = _measure(part, returns, limits)
            async with begin(SYSTEM, clock=context.clock) as uow:
                await risk_watch.record(uow, measured, found)
    await breach_acts.act(context)


def _measure(
    accounts: Iterable[AccountFacts],
    returns: Mapping[str, Sequence[float]],
    limits: Sequence[RiskLimit],
) -> Found:
    measured: list[Measurement] = []
    found: dict[UUID, Judged] = {}
    for facts in accounts:
        subject = LimitSubject(account_id=facts.account_id, client_id=facts.client_id)
        effective = {one.name: one for one in effective_all(limits, subject)}
        one = measure_account(facts, measure(facts.notionals, returns), effective)
        measured.append(one)
        found[facts.account_id] = judge(one.values, effective)
    return measured, found
