"""Faults that are planned, and the record of those that happened."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from daemon.paper_exchange.clock import wall_ms
from daemon.paper_exchange.faults.answers import EXEMPT_WHEN_REDUCING
from daemon.paper_exchange.faults.delays import Delays
from daemon.paper_exchange.faults.facts import RequestFacts
from daemon.paper_exchange.faults.kinds import (
    ACTION_KINDS,
    CANCEL_RACES,
    FRAME_KINDS,
    LENS_KINDS,
    REQUEST_KINDS,
    STREAM_KINDS,
    FaultKind,
)
from daemon.paper_exchange.faults.reading import read_rule
from daemon.paper_exchange.faults.records import FaultRecord, FrameFacts
from daemon.paper_exchange.faults.rules import FaultRule, asks_for_status, is_cancel
from daemon.paper_exchange.faults.swarms import draw, is_made_of, possible_kinds
from daemon.paper_exchange.fields import InvalidField
from daemon.paper_exchange.refusals import Refused
from daemon.paper_exchange.wire_call import WireAnswer, WireRequest

RULES_MAX: Final = 1_000
REMEMBERED: Final = 1_000
ACCEPTED: Final = 100_000
"""Orders that are remembered while some are hidden from reads."""


class FaultBook:
    """Planned faults and the record of those that happened.

    Args:
        sleep: how delays pass; a simulation gives its own.

    Attributes:
        delays: what waits for its time.
        is_idle: no fault can meet a request; the one thing that a request looks at.
        has_lenses: reads may show less than there is.
        has_frame_faults: a fault can meet a stream's frame.
        number: of the last fault that was planned.
        listeners: called when the planned faults have changed.
        note: called with each record; the ground truth keeps it.
        act: carries out an action; set by the process that has the engines.
    """

    def __init__(
        self,
        *,
        now_ms: Callable[[], int] = wall_ms,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.now_ms = now_ms
        self.delays = Delays(sleep)
        self.sleep = self.delays.sleep
        self.is_idle = True
        self.has_lenses = False
        self.has_frame_faults = False
        self.happened: deque[FaultRecord] = deque(maxlen=REMEMBERED)
        self.note: Callable[[FaultRecord], None] = _keep_nowhere
        self.act: Callable[[FaultRule], str] = _refuse_to_act
        self.listeners: list[Callable[[], None]] = []
        self.working = ""
        """The fault whose request is being worked."""
        self.accepted: deque[tuple[int, str, tuple[str, ...]]] = deque(maxlen=ACCEPTED)
        """Orders accepted lately: wall clock, exchange, their ids."""
        self.kept_answers: dict[tuple[str, str, str], tuple[int, WireAnswer]] = {}
        """What reads were answered while stale reads stand."""
        self._rules: dict[str, FaultRule] = {}
        self._requests: list[FaultRule] = []
        self._frames: list[FaultRule] = []
        self.number = 0
        self._tasks: set[asyncio.Future[None]] = set()

    # -- planning --------------------------------------------------------------------------

    @property
    def rules(self) -> list[FaultRule]:
        """Return the faults that can still happen, oldest first."""
        self.tidy()
        return list(self._rules.values())

    @property
    def standing_rules(self) -> list[FaultRule]:
        """Return the planned faults as they are, over or not."""
        return list(self._rules.values())

    def plan(self, body: object) -> FaultRule:
        """Plan a fault from its JSON; an action without a trigger happens at once.

        Raises:
            InvalidField: the command is not one.
            Refused: the engine refuses the action.
        """
        if len(self.rules) >= RULES_MAX:
            raise InvalidField("kind", f"at most {RULES_MAX} faults can be planned")
        rule = read_rule(body, fault_id=f"f-{self.number + 1}", now_ms=self.now_ms())
        if rule.on is None and (rule.kind in ACTION_KINDS or rule.parameters.get("at_once")):
            detail = self.perform(rule)
            self.number += 1
            rule.use()
            self.record(rule, exchange=rule.match.exchange, detail=detail)
            return rule
        self.number += 1
        self._rules[rule.fault_id] = rule
        self._index()
        return rule

    def restore(self, rule: FaultRule) -> None:
        """Take a fault of an earlier run."""
        self._rules[rule.fault_id] = rule
        self.skip_to(int(rule.fault_id.removeprefix("f-")))
        self._index()

    def skip_to(self, number: int) -> None:
        """Never give out a number again that an earlier run gave out."""
        self.number = max(self.number, number)

    def remove(self, fault_id: str) -> bool:
        """Forget one planned fault; False when there is none."""
        removed = self._rules.pop(fault_id, None) is not None
        self._index()
        return removed

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._rules.clear()
        self._index()

    # -- happening -------------------------------------------------------------------------

    def take(self, facts: RequestFacts) -> FaultRule | None:
        """Return the fault that happens to a request, and count it.

        Of several that match, the oldest happens. An action whose trigger the request is
        happens on the way.
        """
        now_ms = self.now_ms()
        self.tidy()
        for rule in list(self._requests):
            trigger = rule.on or rule.match
            if rule.kind in EXEMPT_WHEN_REDUCING and facts.only_reduces:
                continue
            if rule.kind in CANCEL_RACES and not is_cancel(facts.request):
                continue
            if asks_for_status(rule.kind, facts) or not trigger.meets_request(facts):
                continue
            if not rule.is_due(now_ms):
                continue
            if rule.kind is FaultKind.SWARM:
                if (chosen := draw(rule, possible_kinds(facts))) is not None:
                    self._use(rule)
                    return chosen
                continue
            self._use(rule)
            if rule.on is None:
                return rule
            self._act_on(rule, facts)
        return None

    def take_frame(
        self, *, exchange: str, api_key: str, address: str, path: str, facts: FrameFacts
    ) -> FaultRule | None:
        """Return the fault that happens to a frame of a stream, and count it."""
        now_ms = self.now_ms()
        for rule in list(self._frames):
            match = rule.match
            if not match.meets_socket(
                exchange=exchange, api_key=api_key, address=address, path=path
            ) or not facts.are_meant(match):
                continue
            if not rule.is_due(now_ms):
                continue
            if rule.kind is FaultKind.SWARM:
                if (chosen := draw(rule, FRAME_KINDS)) is not None:
                    self._use(rule)
                    return chosen
                continue
            self._use(rule)
            return rule
        return None

    def standing(self, kind: FaultKind) -> list[FaultRule]:
        """Return the faults of one kind that stand now."""
        if not self._rules:
            return []
        now_ms = self.now_ms()
        return [r for r in self._rules.values() if r.kind is kind and not r.is_over(now_ms)]

    def record(
        self,
        rule: FaultRule,
        *,
        exchange: str,
        request: WireRequest | None = None,
        client_ids: list[str] | None = None,
        api_key: str = "",
        accepted: bool | None = None,
        detail: str = "",
    ) -> FaultRecord:
        """Keep that a fault happened."""
        record = FaultRecord(
            fault_id=rule.fault_id,
            kind=rule.kind,
            wall_ms=self.now_ms(),
            exchange=exchange,
            api_key=(request.api_key if request is not None else api_key) or rule.match.api_key,
            method=request.method if request is not None else "",
            path=request.path if request is not None else "",
            client_ids=tuple(client_ids or ()),
            symbol=rule.match.symbol,
            accepted=accepted,
            detail=detail,
        )
        self.happened.append(record)
        self.note(record)
        return record

    def perform(self, rule: FaultRule) -> str:
        """Carry out an action; what it changes is marked with the fault in the ground truth."""
        self.working = rule.fault_id
        try:
            return self.act(rule)
        finally:
            self.working = ""

    def do_later(self, delay_s: float, work: Callable[[], None]) -> None:
        """Do something after a while, although nobody waits for it."""

        async def wait() -> None:
            await self.sleep(delay_s)
            work()

        task = asyncio.ensure_future(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _act_on(self, rule: FaultRule, facts: RequestFacts) -> None:
        """Carry out an action that waited for a request; one that is refused is recorded so."""
        try:
            detail = self.perform(rule)
        except (Refused, InvalidField) as refused:
            detail = f"refused: {refused}"
        self.record(rule, exchange=facts.exchange, request=facts.request, detail=detail)

    def _use(self, rule: FaultRule) -> None:
        rule.use()
        if rule.times == 0:
            self._rules.pop(rule.fault_id, None)
            self._index()
        elif rule.times is not None:
            self._tell()

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()

    def tidy(self) -> None:
        """Forget what is over; called now and then, so that what stalls goes on in time."""
        if not self._rules:
            return
        now_ms = self.now_ms()
        over = [name for name, rule in self._rules.items() if rule.is_over(now_ms)]
        for name in over:
            del self._rules[name]
        if over:
            self._index()

    def _index(self) -> None:
        rules = self._rules.values()
        swarms = [rule for rule in rules if rule.kind is FaultKind.SWARM]
        met = REQUEST_KINDS - LENS_KINDS
        self._requests = [rule for rule in rules if rule.kind in met or rule.on is not None]
        self._requests += [s for s in swarms if is_made_of(s, REQUEST_KINDS)]
        self._frames = [r for r in rules if r.kind in FRAME_KINDS and r.on is None]
        self._frames += [s for s in swarms if is_made_of(s, FRAME_KINDS)]
        self.has_lenses = any(rule.kind in LENS_KINDS for rule in rules)
        if not self.has_lenses:
            self.kept_answers.clear()
            self.accepted.clear()
        self.is_idle = not self._requests and not self.has_lenses
        self.has_frame_faults = any(rule.kind in STREAM_KINDS for rule in rules) or bool(
            self._frames
        )
        self._tell()


def _keep_nowhere(record: FaultRecord) -> None:
    """Keep a record in memory only."""


def _refuse_to_act(rule: FaultRule) -> str:
    raise InvalidField("kind", f"{rule.kind} needs an exchange that runs")
