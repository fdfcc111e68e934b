"""The kinds of faults, in families: what they disturb decides who carries them out."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What goes wrong."""

    # Requests: the connection.
    DROP_BEFORE = "drop_before"
    """The connection breaks and the request is not worked."""
    DROP_AFTER = "drop_after"
    """The request is worked and the connection breaks before the answer."""
    RESET_MID_BODY = "reset_mid_body"
    """The request is worked and the connection breaks in the middle of the answer."""
    DELAY = "delay"
    """The request is worked, the answer comes late."""
    DELAY_BEFORE = "delay_before"
    """The request is worked late."""
    SLOW_BODY = "slow_body"
    """The request is worked, the answer comes byte by byte."""

    # Requests: the answer's body, with status 200.
    HTML = "html"
    """The answer is a web page of the gateway."""
    TRUNCATED = "truncated"
    """The answer's JSON ends in its middle."""
    EMPTY = "empty"
    """The answer has no body."""
    NULL = "null"
    """The answer is null."""
    EMPTY_OBJECT = "empty_object"
    """The answer is {}."""
    NOT_FINITE = "not_finite"
    """Valid in form, but with NaN, 1e400 and a key that comes twice."""
    DEEP_NESTED = "deep_nested"
    """The answer's JSON is nested so deeply that a careless reader dies of it."""
    HUGE_BODY = "huge_body"
    """The answer is padded to many megabytes."""
    WRONG_ECHO = "wrong_echo"
    """The answer names another client order id than the one that was sent."""
    RESPOND = "respond"
    """Another answer comes at once and the request is not worked."""
    RESPOND_AFTER = "respond_after"
    """The request is worked and another answer comes."""

    # Requests: an answer that the exchange gives on bad days.
    UNKNOWN_ERROR = "unknown_error"
    """An unknown error: the request may have been worked."""
    SERVICE_UNAVAILABLE = "service_unavailable"
    """The service is unavailable: the request was not worked."""
    OVERLOADED = "overloaded"
    """The exchange sheds load; orders that reduce are exempt."""
    UNEXPECTED_RESPONSE = "unexpected_response"
    """The message bus answered strangely: the outcome is unknown."""
    TIMEOUT = "timeout"
    """The backend did not answer in time: the outcome is unknown."""
    SERVER_ERROR = "server_error"
    """The exchange itself failed: the outcome is unknown."""
    DISCONNECTED = "disconnected"
    """An internal error: the request was not worked."""
    TOO_MANY_REQUESTS = "too_many_requests"
    """The request limit is reached, with or without Retry-After."""
    TOO_MANY_ORDERS = "too_many_orders"
    """The order limit is reached."""
    ADDRESS_BANNED = "address_banned"
    """The address is banned until some time."""
    FIREWALL = "firewall"
    """A firewall blocks the request with a page."""
    BAD_GATEWAY = "bad_gateway"
    """A page says 502 Bad Gateway."""
    GATEWAY_TIMEOUT = "gateway_timeout"
    """A page says 504 Gateway Time-out."""
    REDIRECT = "redirect"
    """The client is sent to another host."""
    MAINTENANCE = "maintenance"
    """The exchange is closed for maintenance."""
    KEY_REVOKED = "key_revoked"
    """The API key is not valid any more."""
    IP_NOT_ALLOWED = "ip_not_allowed"
    """The key may not be used from this address."""
    BAD_TIMESTAMP = "bad_timestamp"
    """The timestamp is outside of the receive window."""
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    """The client order id is said to exist: the order may have been accepted."""
    REDUCE_ONLY_REJECTED = "reduce_only_rejected"
    """A reduce-only order is refused."""
    INSUFFICIENT_MARGIN = "insufficient_margin"
    """The margin does not suffice."""
    ORDER_NOT_FOUND = "order_not_found"
    """The order is said not to exist."""
    WOULD_TRIGGER = "would_trigger"
    """A stop would trigger at once."""
    POSITION_LIMIT = "position_limit"
    """The position would exceed the limit of its leverage."""
    TRADING_BAN = "trading_ban"
    """Only orders that reduce are taken."""

    # Requests: what reads show, and races.
    STALE_READS = "stale_reads"
    """A read is answered as it was answered some time ago."""
    HIDDEN_ORDERS = "hidden_orders"
    """An accepted order cannot be found for some time."""
    FILL_BEFORE_CANCEL = "fill_before_cancel"
    """An order is filled, wholly or in part, just before its cancel is worked."""
    FILL_AFTER_CANCEL = "fill_after_cancel"
    """An order is filled, wholly or in part, although its cancel was accepted."""

    # Streams.
    EVENT_DUPLICATE = "event_duplicate"
    """An event comes twice."""
    EVENT_LATE = "event_late"
    """An event comes late."""
    EVENT_REORDER = "event_reorder"
    """The next event overtakes this one."""
    EVENT_MISSING = "event_missing"
    """An event never comes."""
    EVENT_MISROUTED = "event_misrouted"
    """An event of one account arrives on another account's stream."""
    GARBAGE_FRAME = "garbage_frame"
    """A frame of garbage comes before an event."""
    DISCONNECT = "disconnect"
    """Sockets break: at once, or instead of the next event."""
    STALL = "stall"
    """Sockets stay open and nothing arrives any more."""
    CONNECTION_LIMIT = "connection_limit"
    """An address may not have more sockets than this."""
    CONNECTION_RATE = "connection_rate"
    """An address may not open more sockets than this in five minutes."""

    # The account, by its customer's hand or by the exchange.
    LISTEN_KEY_EXPIRED = "listen_key_expired"
    """The user stream's key ends."""
    LEVERAGE_CHANGE = "leverage_change"
    """The customer changes the leverage of a contract."""
    MARGIN_MODE_CHANGE = "margin_mode_change"
    """The customer changes between cross and isolated margin."""
    POSITION_MODE_CHANGE = "position_mode_change"
    """The customer changes between one-way and hedge mode."""
    CLOSE_POSITION = "close_position"
    """The customer closes a position by hand, or all of them."""
    CANCEL_ORDER = "cancel_order"
    """The customer cancels an order, or all of them."""
    FILL_ORDER = "fill_order"
    """Others trade with an open order, wholly or in part."""
    OVERFILL = "overfill"
    """An open order is filled beyond its quantity."""
    FOREIGN_ORDER = "foreign_order"
    """The customer trades the contract himself."""
    PERMISSIONS_CHANGE = "permissions_change"
    """The key's rights change."""
    IP_RESTRICTION = "ip_restriction"
    """The key is bound to addresses; an empty list frees it."""
    DEPOSIT = "deposit"
    """The customer pays money in."""
    WITHDRAWAL = "withdrawal"
    """The customer takes money out."""
    LIQUIDATION = "liquidation"
    """The exchange liquidates the account."""

    # The market and the clock.
    PRICE_MOVE = "price_move"
    """A price jumps and stays there."""
    FILTER_CHANGE = "filter_change"
    """A contract's tick, step or minimum changes."""
    DELISTING = "delisting"
    """A contract is closed and its positions are settled, or listed again."""
    CLOCK_SKEW = "clock_skew"
    """The exchange's own clock is wrong."""

    SWARM = "swarm"
    """Several kinds of request and stream faults at random, from a seed."""


_ORDERED: Final = tuple(FaultKind)


def _between(first: FaultKind, last: FaultKind) -> frozenset[FaultKind]:
    return frozenset(_ORDERED[_ORDERED.index(first) : _ORDERED.index(last) + 1])


REQUEST_KINDS: Final = _between(FaultKind.DROP_BEFORE, FaultKind.FILL_AFTER_CANCEL)
ANSWER_KINDS: Final = _between(FaultKind.UNKNOWN_ERROR, FaultKind.TRADING_BAN)
STREAM_KINDS: Final = _between(FaultKind.EVENT_DUPLICATE, FaultKind.CONNECTION_RATE)
FRAME_KINDS: Final = _between(FaultKind.EVENT_DUPLICATE, FaultKind.DISCONNECT)
"""Stream faults that happen to single frames."""
ACTION_KINDS: Final = _between(FaultKind.LISTEN_KEY_EXPIRED, FaultKind.CLOCK_SKEW)
LENS_KINDS: Final = frozenset({FaultKind.STALE_READS, FaultKind.HIDDEN_ORDERS})
"""They change what reads show while they stand, beside whatever else happens."""
CANCEL_RACES: Final = frozenset({FaultKind.FILL_BEFORE_CANCEL, FaultKind.FILL_AFTER_CANCEL})
"""They meet cancels only."""
SWARM_KINDS: Final = (
    (REQUEST_KINDS | FRAME_KINDS)
    - LENS_KINDS
    - {FaultKind.EVENT_MISROUTED, FaultKind.SLOW_BODY, FaultKind.HUGE_BODY}
)
STANDING_KINDS: Final = frozenset(
    {
        FaultKind.STALL,
        FaultKind.CONNECTION_LIMIT,
        FaultKind.CONNECTION_RATE,
        FaultKind.STALE_READS,
        FaultKind.HIDDEN_ORDERS,
        FaultKind.MAINTENANCE,
        FaultKind.KEY_REVOKED,
        FaultKind.IP_NOT_ALLOWED,
        FaultKind.TRADING_BAN,
        FaultKind.SWARM,
    }
)
"""Kinds that last until they are removed, unless a count or an end is given."""
