"""Seals of the event log: what the record was at a moment, in a line that can be kept elsewhere.

The chain of a stream shows that an event was changed; whoever may write everything could chain the
whole stream anew. A checkpoint binds the newest event of every stream into one root, signed with a
key that the database does not have, and its line goes to a file on another volume: a record that
was rewritten or cut does not lead to that root any more.

`root(n) = SHA-256(root(n-1) || the streams that moved since, each with its newest event)`, so that a
checkpoint costs what has changed, not what there is, and each one covers all before it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from patriot_app.core.errors import Invalid

NO_ROOT = bytes(32)
"""What comes before the first checkpoint."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of a stream."""

    stream: str
    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One seal.

    Attributes:
        number: from 1, without gaps.
        sealed_at: wall time.
        events: how many the record has, over all streams.
        previous: root of the checkpoint before.
        key_id: which key signed.
        signature: Ed25519 over `statement()`; empty until signed.
    """

    number: int
    sealed_at: datetime
    events: int
    previous: bytes
    root: bytes
    key_id: str
    signature: bytes = b""

    def statement(self) -> bytes:
        """Return the bytes that are signed."""
        return _dump(self._facts()).encode()

    def signed(self, signature: bytes) -> "Checkpoint":
        """Return it with its signature."""
        return replace(self, signature=signature)

    def to_line(self) -> str:
        """Return the line for the file, without its end."""
        return _dump({**self._facts(), "signature": self.signature.hex()})

    def _facts(self) -> dict[str, object]:
        return {
            "number": self.number,
            "sealed_at": self.sealed_at.isoformat(),
            "events": self.events,
            "previous": self.previous.hex(),
            "root": self.root.hex(),
            "key_id": self.key_id,
        }


def root_after(previous: bytes, moved: Iterable[Head]) -> bytes:
    """Return the root once some streams have moved.

    Args:
        moved: each stream once, in any order.
    """
    ordered = sorted(moved, key=lambda head: head.stream)
    text = _dump([[head.stream, head.sequence, head.hash.hex()] for head in ordered])
    return hashlib.sha256(previous + text.encode()).digest()


def from_line(line: str) -> Checkpoint:
    """Read a line of the file.

    Raises:
        Invalid: it is not one of ours.
    """
    try:
        facts = json.loads(line)
        sealed_at = datetime.fromisoformat(facts["sealed_at"])
        if sealed_at.tzinfo is None:
            raise ValueError("a time without its zone")
        return Checkpoint(
            number=int(facts["number"]),
            sealed_at=sealed_at,
            events=int(facts["events"]),
            previous=bytes.fromhex(facts["previous"]),
            root=bytes.fromhex(facts["root"]),
            key_id=str(facts["key_id"]),
            signature=bytes.fromhex(facts["signature"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid({"line": f"is no checkpoint of this desk ({error})"}) from error


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
