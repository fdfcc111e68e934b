"""A write between signing and sending, so that signing need not wait for the permission to send."""

from dataclasses import dataclass

from daemon.exchanges.classifier import Expected
from daemon.exchanges.transport import HttpRequest


@dataclass(frozen=True, slots=True)
class SignedWrite:
    """A write that is ready to leave, and how its answer is to be judged."""

    request: HttpRequest
    expected: Expected
