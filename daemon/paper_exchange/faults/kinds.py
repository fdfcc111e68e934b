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
    TRUNCATED = "truncated"
    EMPTY = "empty"
    NULL = "null"
    EMPTY_OBJECT = "empty_object"
    NOT_FINITE = "not_finite"
    """Valid in form, but with NaN, 1e400 and a key that comes twice."""
    HUGE_BODY = "huge_body"
    WRONG_ECHO = "wrong_echo"
    """The answer names another client order id than the one that was sent."""
    RESPOND = "respond"
    """Another answer comes at once and the request is not worked."""
    RESPOND_AFTER = "respond_after"
    """The request is worked and another answer comes."""

    # Requests: an answer that the exchange gives on bad days.
    UNKNOWN_ERROR = "unknown_error"
    SERVICE_UNAVAILABLE = "service_unavailable"
    OVERLOADED = "overloaded"
    UNEXPECTED_RESPONSE = "unexpected_response"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    DISCONNECTED = "disconnected"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_ORDERS = "too_many_orders"
    ADDRESS_BANNED = "address_banned"
    FIREWALL = "firewall"
    BAD_GATEWAY = "bad_gateway"
    GATEWAY_TIMEOUT = "gateway_timeout"
    REDIRECT = "redirect"
    MAINTENANCE = "maintenance"
    KEY_REVOKED = "key_revoked"
    IP_NOT_ALLOWED = "ip_not_allowed"
    BAD_TIMESTAMP = "bad_timestamp"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    REDUCE_ONLY_REJECTED = "reduce_only_rejected"
    INSUFFICIENT_MARGIN = "insufficient_margin"
    ORDER_NOT_FOUND = "order_not_found"
    WOULD_TRIGGER = "would_trigger"
    POSITION_LIMIT = "position_limit"
    TRADING_BAN = "trading_ban"
    """Only orders that reduce are taken."""

    # Requests: what reads show, and races.
    STALE_READS = "stale_reads"
    """A read is answered as it was answered some time ago."""
    HIDDEN_ORDERS = "hidden_orders"
    """An accepted order cannot be found for some time."""
    FILL_BEFORE_CANCEL = "fill_before_cancel"
    """An order is filled, wholly or in part, just before its cancel is worked."""

    # Streams.
    EVENT_DUPLICATE = "event_duplicate"
    EVENT_LATE = "event_late"
    EVENT_REORDER = "event_reorder"
    EVENT_MISSING = "event_missing"
    EVENT_MISROUTED = "event_misrouted"
    """An event of one account arrives on another account's stream."""
    GARBAGE_FRAME = "garbage_frame"
    DISCONNECT = "disconnect"
    """Sockets break: at once, or instead of the next event."""
    STALL = "stall"
    """Sockets stay open and nothing arrives any more."""
    CONNECTION_LIMIT = "connection_limit"
    """An address may not have more sockets than this."""

    # The account, by its customer's hand or by the exchange.
    LISTEN_KEY_EXPIRED = "listen_key_expired"
    LEVERAGE_CHANGE = "leverage_change"
    MARGIN_MODE_CHANGE = "margin_mode_change"
    POSITION_MODE_CHANGE = "position_mode_change"
    CLOSE_POSITION = "close_position"
    CANCEL_ORDER = "cancel_order"
    FILL_ORDER = "fill_order"
    FOREIGN_ORDER = "foreign_order"
    PERMISSIONS_CHANGE = "permissions_change"
    IP_RESTRICTION = "ip_restriction"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    LIQUIDATION = "liquidation"

    # The market and the clock.
    PRICE_MOVE = "price_move"
    FILTER_CHANGE = "filter_change"
    DELISTING = "delisting"
    CLOCK_SKEW = "clock_skew"

    SWARM = "swarm"
    """Several kinds of request and stream faults at random, from a seed."""


_ORDERED: Final = tuple(FaultKind)


def _between(first: FaultKind, last: FaultKind) -> frozenset[FaultKind]:
    return frozenset(_ORDERED[_ORDERED.index(first) : _ORDERED.index(last) + 1])


REQUEST_KINDS: Final = _between(FaultKind.DROP_BEFORE, FaultKind.FILL_BEFORE_CANCEL)
ANSWER_KINDS: Final = _between(FaultKind.UNKNOWN_ERROR, FaultKind.TRADING_BAN)
STREAM_KINDS: Final = _between(FaultKind.EVENT_DUPLICATE, FaultKind.CONNECTION_LIMIT)
FRAME_KINDS: Final = _between(FaultKind.EVENT_DUPLICATE, FaultKind.DISCONNECT)
"""Stream faults that happen to single frames."""
ACTION_KINDS: Final = _between(FaultKind.LISTEN_KEY_EXPIRED, FaultKind.CLOCK_SKEW)
LENS_KINDS: Final = frozenset({FaultKind.STALE_READS, FaultKind.HIDDEN_ORDERS})
"""They change what reads show while they stand, beside whatever else happens."""
SWARM_KINDS: Final = (
    (REQUEST_KINDS | FRAME_KINDS)
    - LENS_KINDS
    - {FaultKind.EVENT_MISROUTED, FaultKind.SLOW_BODY, FaultKind.HUGE_BODY}
)
STANDING_KINDS: Final = frozenset(
    {
        FaultKind.STALL,
        FaultKind.CONNECTION_LIMIT,
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
