"""The way from a node to an exchange, and everything that can happen on it to one request.

What has left the node goes on without it: a node that dies or stops changes nothing for a request
on its way.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemon.exchanges.transport import HttpRequest, NotSent, RawResponse, SentUnknown
from tests.simulation.customers import fill_after_cancel
from tests.simulation.disturbances import (
    NOT_WORKED,
    READ_FAULTS,
    WRITE_FAULTS,
    disturbed,
    not_found,
)
from tests.simulation.errors import RequestNotSent, RequestUnanswered
from tests.simulation.requests import (
    WRITES,
    host_of,
    key_of,
    kind_of,
    look_of,
    named_in,
    number_in,
)

if TYPE_CHECKING:
    from tests.simulation.node import Node
    from tests.simulation.world import World


@dataclass(slots=True)
class Departure:
    """One request that left a node."""

    at: float
    kind: str
    is_write: bool
    key: str
    host: str
    database_down_since: float | None


@dataclass(slots=True)
class Wire:
    """A node's transport.

    Attributes:
        silent_until: by host, as the exchange told this node.
        departures: what has left, for the checkers.
        broken: requests that left although the exchange had asked for silence.
        refused: answers of the exchange itself that a limit was passed.
        by_number: cancels that name no id of ours, only an order's number at the exchange: when,
            and the number.
        silences: those that exchanges asked for: host, since and until when.
    """

    world: "World"
    node: "Node"
    silent_until: dict[str, float] = field(default_factory=dict)
    departures: list[Departure] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    by_number: list[tuple[float, str]] = field(default_factory=list)
    silences: list[tuple[str, float, float]] = field(default_factory=list)
    former: dict[str, RawResponse] = field(default_factory=dict)

    async def send(
        self, request: HttpRequest, *, timeout_s: float, local_address: str | None = None
    ) -> RawResponse:
        kind = kind_of(request)
        self.node.check()
        if kind in WRITES:
            await self.node.point(f"{kind}.before")
        self._note(request, kind)
        answer: asyncio.Future[RawResponse] = self.world.loop.create_future()
        self.world.spawn(self._carry(request, kind, answer, timeout_s))
        try:
            async with asyncio.timeout(timeout_s):
                response = await answer
        except TimeoutError:
            raise RequestUnanswered("TimeoutError") from None
        finally:
            self.node.check()
        self._listen(request, response)
        if kind in WRITES:
            await self.node.point(f"{kind}.after")
        return response

    async def prewarm(self, url: str, *, connections: int, local_address: str | None) -> None:
        """Do nothing: there are no connections to open."""

    async def close(self) -> None:
        """Do nothing."""

    async def _carry(
        self,
        request: HttpRequest,
        kind: str,
        answer: "asyncio.Future[RawResponse]",
        timeout_s: float,
    ) -> None:
        is_write = kind in WRITES
        self.world.writes_under_way += is_write
        try:
            await self._deliver(request, kind, answer, timeout_s)
        finally:
            self.world.writes_under_way -= is_write

    async def _deliver(
        self,
        request: HttpRequest,
        kind: str,
        answer: "asyncio.Future[RawResponse]",
        timeout_s: float,
    ) -> None:
        chance = self.world.chance
        fault = self._fault(request, kind)
        await asyncio.sleep(chance.between(0.005, 0.08))
        try:
            response = await self._meet(request, kind, fault, timeout_s)
        except (NotSent, SentUnknown) as error:
            if not answer.done():
                answer.set_exception(error)
            return
        await asyncio.sleep(chance.between(0.005, 0.08))
        if response is not None and not answer.done():
            answer.set_result(response)

    def _fault(self, request: HttpRequest, kind: str) -> str:
        account = key_of(request)
        if not self.world.may_disturb(account):
            return ""
        for name, probability in WRITE_FAULTS if kind in WRITES else READ_FAULTS:
            if name == "stale_read" and look_of(request) not in self.former:
                continue
            if self.world.chance.strikes(name, probability):
                self.world.note_disturbed(account, name)
                return name
        return ""

    async def _meet(
        self, request: HttpRequest, kind: str, fault: str, timeout_s: float
    ) -> RawResponse | None:
        """Let the exchange work the request, or not; None where no answer ever comes."""
        world, chance = self.world, self.world.chance
        if fault in {"refused", "read_refused"}:
            raise RequestNotSent("ConnectionRefusedError")
        if fault in {"lost", "read_lost", "reset_before"}:
            return self._lose(fault)
        if fault in {"late", "engine_queue", "late_then_queued"}:
            await self._work_late(request, fault, timeout_s)
            return None
        if fault == "server_timeout_queued":
            world.spawn(self._work_queued(request, world.venue.wall_ms()))
        if fault in NOT_WORKED:
            return disturbed(fault, request, None, chance.between(1, 6))
        if fault in {"slow_answer", "slow_read"}:
            response = await self._work(request)
            await asyncio.sleep(chance.between(0.5, timeout_s * 0.95))
            return response
        if fault == "stale_read":
            return self.former[look_of(request)]
        response = await self._work(request)
        if kind == "cancel" and world.may_disturb(key_of(request)):
            fill_after_cancel(world, key_of(request), named_in(request))
        if fault in {"answer_lost", "reset_after"}:
            return self._lose(fault)
        if kind == "look_up":
            self.former[look_of(request)] = response
            if world.is_invisible(request):
                return not_found(request)
        return disturbed(fault, request, response, 0.0) if fault else response

    def _lose(self, fault: str) -> None:
        """Let no answer come: by silence, or by a connection that breaks."""
        if fault.startswith("reset"):
            raise RequestUnanswered("ConnectionResetError")

    async def _work_late(self, request: HttpRequest, fault: str, timeout_s: float) -> None:
        """Let a request reach the gateway late, or wait there for the engine."""
        world, chance = self.world, self.world.chance
        if fault == "late":
            await asyncio.sleep(chance.between(timeout_s * 0.5, timeout_s + 6))
            await self._work(request)
            return
        if fault == "late_then_queued":
            await asyncio.sleep(chance.between(0.3, 0.9) * world.settings.receive_window_ms / 1000)
        await self._work_queued(request, world.venue.wall_ms())

    async def _work_queued(self, request: HttpRequest, taken_ms: int) -> None:
        """Let the engine work later what the gateway has taken."""
        world = self.world
        world.writes_under_way += 1
        try:
            await asyncio.sleep(world.chance.between(0.05, world.visibility_s(request) * 0.9))
            with world.venue.as_of(taken_ms):
                await self._work(request)
        finally:
            world.writes_under_way -= 1

    async def _work(self, request: HttpRequest) -> RawResponse:
        response = await self.world.venue.answer(request, address=self.node.address)
        if response.status in {403, 418, 429}:
            self.refused.append(f"{request.method} {response.status} at {self.world.loop.now:.3f}")
        return response

    def _note(self, request: HttpRequest, kind: str) -> None:
        now, host = self.world.loop.now, host_of(request)
        if now < self.silent_until.get(host, 0.0):
            self.broken.append(f"{kind} left during a ban of {host} at {now:.3f}")
        if kind.startswith("cancel") and not named_in(request):
            self.by_number.append((now, number_in(request)))
        self.departures.append(
            Departure(
                now,
                kind,
                kind in WRITES,
                key_of(request),
                host,
                self.node.database_down_since(),
            )
        )

    def _listen(self, request: HttpRequest, response: RawResponse) -> None:
        if response.status in {429, 418} and "Retry-After" in response.headers:
            until = self.world.loop.now + float(response.headers["Retry-After"])
            host = host_of(request)
            self.silences.append((host, self.world.loop.now, until))
            self.silent_until[host] = max(self.silent_until.get(host, 0.0), until)
