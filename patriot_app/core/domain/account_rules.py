"""Limits, halts and maintenance windows of one strategy, asked account by account."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.halts import Halt, HaltSubject, TradingState, trading_state
from patriot_app.core.domain.maintenance import Closure, Window, closure_of
from patriot_app.core.domain.risk_limits import EffectiveLimits, LimitSubject, RiskLimit, resolve


class AccountRules:
    """What binds an account; most accounts have no rule of their own and share the answer."""

    def __init__(
        self,
        limits: Iterable[RiskLimit],
        halts: Iterable[Halt],
        windows: tuple[Window, ...],
        *,
        strategy_id: UUID,
    ) -> None:
        self._limits = tuple(limits)
        self._halts = tuple(halts)
        self._windows = windows
        self._strategy_id = strategy_id
        self._special = {limit.scope_id for limit in self._limits} - {None, strategy_id}
        self._cache: dict[tuple[UUID | None, UUID | None], EffectiveLimits] = {}

    def limits(self, *, account_id: UUID, client_id: UUID) -> EffectiveLimits:
        """Return the values that count for an account."""
        key = (
            account_id if account_id in self._special else None,
            client_id if client_id in self._special else None,
        )
        found = self._cache.get(key)
        if found is None:
            subject = LimitSubject(
                account_id=account_id, client_id=client_id, strategy_id=self._strategy_id
            )
            found = self._cache[key] = resolve(self._limits, subject)
        return found

    def state(self, *, exchange: Exchange, account_id: UUID, client_id: UUID) -> TradingState:
        """Return the strictest trading state that applies."""
        if not self._halts:
            return TradingState.ACTIVE
        subject = HaltSubject(
            exchange=exchange,
            strategy_id=self._strategy_id,
            client_id=client_id,
            account_id=account_id,
        )
        return trading_state(self._halts, subject)[0]

    def closure(self, exchange: Exchange, mode: AccountMode, *, now: datetime) -> Closure:
        """Return how far an exchange is closed for maintenance."""
        return closure_of(self._windows, exchange, mode, now=now) if self._windows else Closure.OPEN
