"""Follow every chain and every seal, and name what does not fit.

Nothing here is shared with what writes the record but the definitions of a checkpoint: hashes are
computed anew from the text of each event.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from patriot_app.core.domain.checkpoints import NO_ROOT, Checkpoint, Head, root_after
from patriot_app.core.queries.record import Record, StoredCheckpoint
from patriot_app.core.signatures import is_signed_by, key_id

UNSEALED_MAX = timedelta(minutes=10)
"""How old the newest checkpoint may be while there is something to seal."""
UNKEPT_MAX = 10
"""How many of the seals may not have reached the file yet, or not its copy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit.

    Attributes:
        place: the event or checkpoint, as "desk 17" or "checkpoint 3".
    """

    place: str
    problem: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was read and what was wrong with it, worst evidence first."""

    streams: int
    events: int
    checkpoints: int
    anchored: int
    sealed_at: datetime | None
    findings: tuple[Finding, ...]


class Auditor:
    """One pass over a record.

    Args:
        public_keys: raw, of every key that ever signed.
        anchors: lines of the file that is kept elsewhere; None where there is none.
    """

    def __init__(
        self,
        record: Record,
        *,
        public_keys: Iterable[bytes],
        anchors: Mapping[int, Checkpoint] | None,
        now: datetime,
    ) -> None:
        self._record = record
        self._keys = {key_id(key): key for key in public_keys}
        self._anchors = anchors
        self._now = now
        self._findings: list[Finding] = []
        self._newest: dict[str, Head] = {}
        self._events = 0

    async def run(self) -> Audit:
        """Read everything once."""
        await self._follow_chains()
        await self._compare_heads()
        seals, newest, sealed = await self._follow_seals()
        self._compare_lengths(sealed, newest)
        self._look_for_cut_seals(seals)
        return Audit(
            streams=len(self._newest),
            events=self._events,
            checkpoints=seals,
            anchored=len(self._anchors or {}),
            sealed_at=None if newest is None else newest.sealed_at,
            findings=tuple(self._findings),
        )

    def _note(self, place: str, problem: str) -> None:
        self._findings.append(Finding(place, problem))

    async def _follow_chains(self) -> None:
        broken: set[str] = set()
        async for event in self._record.events():
            self._events += 1
            last = self._newest.get(event.stream) or Head(event.stream, 0, b"")
            place = f"{event.stream} {event.sequence}"
            told = hashlib.sha256(event.previous_hash + event.told.encode()).digest()
            if event.stream in broken:
                pass  # what follows a break cannot be told from it
            elif event.sequence != last.sequence + 1:
                broken.add(event.stream)
                self._note(f"{event.stream} {last.sequence + 1}", "is missing")
            elif event.previous_hash != last.hash:
                broken.add(event.stream)
                self._note(place, "does not follow the event before it")
            elif told != event.hash:
                broken.add(event.stream)
                self._note(place, "was changed")
            self._newest[event.stream] = Head(event.stream, event.sequence, event.hash)

    async def _compare_heads(self) -> None:
        heads = await self._record.heads()
        for stream in sorted(heads.keys() | self._newest.keys()):
            head, newest = heads.get(stream), self._newest.get(stream)
            if head is None:
                self._note(stream, "has events, but no head")
            elif newest is None or newest.sequence < head.sequence:
                first = 1 if newest is None else newest.sequence + 1
                self._note(f"{stream} {first}", f"was cut off, with all up to {head.sequence}")
            elif newest != head:
                self._note(f"{stream} {newest.sequence}", "is not what its head says")

    async def _follow_seals(self) -> tuple[int, Checkpoint | None, dict[str, int]]:
        """Return how many there are, the newest, and how far each stream is sealed."""
        last: Checkpoint | None = None
        sealed: dict[str, int] = {}
        count = 0
        async for stored in self._record.checkpoints():
            count += 1
            await self._check_seal(stored, last)
            sealed.update(stored.moved)
            last = stored.checkpoint
        return count, last, sealed

    async def _check_seal(self, stored: StoredCheckpoint, last: Checkpoint | None) -> None:
        seal = stored.checkpoint
        place = f"checkpoint {seal.number}"
        expected = 1 if last is None else last.number + 1
        if seal.number != expected:
            self._note(f"checkpoint {expected}", "is missing")
        elif seal.previous != (NO_ROOT if last is None else last.root):
            self._note(place, "does not follow the one before it")
        key = self._keys.get(seal.key_id)
        if key is None:
            self._note(place, f"is signed with key {seal.key_id}, which was not given")
        elif not is_signed_by(key, seal.signature, seal.statement()):
            self._note(place, "has a signature that is not ours")
        await self._check_root(stored, place)
        if self._anchors is not None:
            anchor = self._anchors.get(seal.number)
            if anchor is not None and anchor != seal:
                self._note(place, "differs from the line that was kept elsewhere")

    async def _check_root(self, stored: StoredCheckpoint, place: str) -> None:
        found = await self._record.hashes(stored.moved)
        gone = sorted(stream for stream, digest in found.items() if digest is None)
        if gone:
            first = gone[0]
            self._note(f"{first} {stored.moved[first]}", f"is gone, and {place} had sealed it")
            return
        moved = [Head(name, stored.moved[name], digest or b"") for name, digest in found.items()]
        if root_after(stored.checkpoint.previous, moved) != stored.checkpoint.root:
            names = ", ".join(sorted(stored.moved)[:3])
            self._note(place, f"sealed something else: one of {len(moved)} streams ({names} …)")

    def _compare_lengths(self, sealed: Mapping[str, int], newest: Checkpoint | None) -> None:
        events = sum(sealed.values())
        if newest is not None and newest.events != events:
            self._note(
                f"checkpoint {newest.number}", f"counts {newest.events} events, its seals {events}"
            )
        if self._events > events and (
            newest is None or self._now - newest.sealed_at > UNSEALED_MAX
        ):
            since = "ever" if newest is None else f"since {newest.sealed_at.isoformat()}"
            self._note(f"{self._events - events} events", f"are not sealed: no checkpoint {since}")

    def _look_for_cut_seals(self, seals: int) -> None:
        if self._anchors is not None:
            kept = len(self._anchors.keys() & set(range(1, seals + 1)))
            if seals - kept > UNKEPT_MAX:
                self._note(f"{seals - kept} checkpoints", "are not in the file kept elsewhere")
        lost = sorted(number for number in self._anchors or {} if number > seals)
        if lost:
            self._note(
                f"checkpoint {lost[0]}",
                f"was cut off the database, with all up to {lost[-1]}: they were kept elsewhere",
            )
