"""Tickets: what clients asked the desk, and what it answered. What a client wrote is not told."""

from dataclasses import dataclass

from patriot_app.core.domain.events.base import ClientEvent

__all__ = [
    "TicketAnswered",
    "TicketAssigned",
    "TicketClosed",
    "TicketFollowedUp",
    "TicketOpened",
    "TicketReopened",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(ClientEvent):
    """A client asked for a person; the ticket is the subject."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFollowedUp(ClientEvent):
    """A client wrote again."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAnswered(ClientEvent):
    """The desk answered; the answer is what the client is told."""

    number: int
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAssigned(ClientEvent):
    """A member of the desk sees to it; empty: nobody does any more."""

    number: int
    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed(ClientEvent):
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(ClientEvent):
    number: int
