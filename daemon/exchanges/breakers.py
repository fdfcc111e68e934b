"""The breakers of a process, by exchange, mode and kind of endpoint."""

from dataclasses import dataclass

from daemon import metrics
from patriot_app.core.clock import Clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.breakers import (
    Answered,
    Breaker,
    BreakerState,
    EndpointClass,
    Probe,
)
from patriot_app.core.domain.orders import Outcome
from patriot_app.core.errors import ExchangeUnavailable

LEFT_ALONE = "left_alone"
Market = tuple[Exchange, AccountMode]


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """A breaker that is not closed."""

    exchange: Exchange
    mode: AccountMode
    endpoints: EndpointClass
    state: BreakerState


class Breakers:
    """One per process; asked before entries leave, told of every answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breakers: dict[tuple[Exchange, AccountMode, EndpointClass], Breaker] = {}

    def note(self, market: Market, endpoints: EndpointClass, answered: Answered) -> None:
        """Tell what a request came to."""
        breaker = self._of(market, endpoints)
        before = breaker.state
        breaker.note(answered, self._clock.monotonic())
        if breaker.state is not before and breaker.state is BreakerState.OPEN:
            metrics.BREAKERS_OPENED_TOTAL.labels(market[0].value, endpoints.value).inc()

    def note_write(self, market: Market, status: int, outcome: Outcome) -> None:
        """Tell what an order's answer proved."""
        is_unknown = outcome is Outcome.UNKNOWN
        answered = Answered.UNKNOWN if is_unknown else health_of(status)
        self.note(market, EndpointClass.ORDERS, answered)

    def probe(self, market: Market) -> Probe | None:
        """Return what to ask of an exchange now to learn whether it is back."""
        now = self._clock.monotonic()
        found = [self._of(market, endpoints).probe(now) for endpoints in EndpointClass]
        return next((probe for probe in (Probe.TIME, Probe.ACCOUNT) if probe in found), None)

    def note_probe(self, market: Market, probe: Probe, *, is_well: bool) -> None:
        """Tell the breakers that wait for it what a probe came to."""
        now = self._clock.monotonic()
        for endpoints in EndpointClass:
            breaker = self._of(market, endpoints)
            if breaker.probe(now) is probe:
                breaker.note_probe(is_well=is_well, now=now)

    def entries_share(self, market: Market) -> float:
        """Return the part of the entries that may leave for an exchange now."""
        now = self._clock.monotonic()
        return min(self._of(market, endpoints).entries_share(now) for endpoints in EndpointClass)

    def admit_background(self, market: Market) -> None:
        """Let a read pass that nothing waits for.

        Raises:
            ExchangeUnavailable: the exchange is left alone for now.
        """
        breaker = self._of(market, EndpointClass.READS)
        if breaker.state in {BreakerState.OPEN, BreakerState.READING}:
            raise ExchangeUnavailable(
                f"{market[0].value} does not answer: it is left alone for a moment",
                code=LEFT_ALONE,
            )

    def open_ones(self) -> list[OpenBreaker]:
        """Return the breakers that are not closed."""
        now = self._clock.monotonic()
        for breaker in self._breakers.values():
            breaker.look(now)
        return [
            OpenBreaker(*key, breaker.state)
            for key, breaker in sorted(self._breakers.items())
            if breaker.state is not BreakerState.CLOSED
        ]

    def _of(self, market: Market, endpoints: EndpointClass) -> Breaker:
        key = (*market, endpoints)
        breaker = self._breakers.get(key)
        if breaker is None:
            breaker = self._breakers[key] = Breaker()
        return breaker


def health_of(status: int) -> Answered:
    """Return what an answer's status says of its exchange; a refusal is an answer like another."""
    return Answered.FAILED if status >= 500 else Answered.WELL
