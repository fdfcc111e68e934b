"""Bybit's spelling of the engine's numbers.

Bybit names orders and executions with UUIDs. Ours carry the engine's number in their last group,
so that no table of names has to be kept or restored.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

_ORDER_PREFIX: Final = "5f0d3c1e-7a42-4b6d-9e21-"
_ORDER_PATTERN: Final = re.compile(re.escape(_ORDER_PREFIX) + r"([0-9a-f]{12})")
_LINK_ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,36}")


def order_uuid(order_id: int) -> str:
    """Spell an order's number as Bybit's orderId."""
    return f"{_ORDER_PREFIX}{order_id:012x}"


def order_number(text: str) -> int | None:
    """Read an orderId back; None when it is not one of ours."""
    match = _ORDER_PATTERN.fullmatch(text.lower())
    return int(match.group(1), 16) if match else None


def execution_uuid(symbol: str, trade_id: int) -> str:
    """Spell a trade as Bybit's execId; trade numbers are unique within a contract only."""
    return f"{crc32(symbol.encode()):08x}-7c1b-5a90-8f33-{trade_id:012x}"


def funding_uuid(symbol: str, row_id: int) -> str:
    """Spell a funding payment as the execId of its execution row."""
    return f"{crc32(symbol.encode()):08x}-0f0d-5a90-8f33-{row_id:012x}"


def frame_uuid(uid: int, number: int) -> str:
    """Name a frame of a private stream: the account, and how many it was told before."""
    return f"{uid}_{uid:08x}-5e3d-4a17-9c02-{number:012x}"


def transfer_uuid(row_id: int) -> str:
    """Spell a transfer by the ledger row that it wrote."""
    return f"7ab4cd21-0f0e-4b90-8f33-{row_id:012x}"


def is_link_id(text: str) -> bool:
    """Tell whether a client's own order id has the permitted form."""
    return _LINK_ID_PATTERN.fullmatch(text) is not None
