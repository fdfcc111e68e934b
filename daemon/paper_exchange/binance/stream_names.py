"""Names of market streams: what they ask for and which group of paths serves them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_ONE: Final = re.compile(
    r"(?P<symbol>[a-z0-9_]{1,40})@(?P<word>kline|markPrice|miniTicker|ticker|bookTicker|aggTrade"
    r"|trade|rpiDepth|depth|forceOrder|continuousKline)(?P<rest>.{0,40})"
)
_CONTINUOUS: Final = re.compile(
    r"(?P<symbol>[a-z0-9]{1,40})_perpetual@continuousKline_(?P<rest>.{0,40})"
)
_ALL: Final = {
    "!miniTicker@arr": "miniTicker",
    "!ticker@arr": "ticker",
    "!markPrice@arr": "markPrice",
    "!markPrice@arr@1s": "markPrice",
    "!bookTicker": "bookTicker",
    "!forceOrder@arr": "forceOrder",
}
_PUBLIC: Final = frozenset({"bookTicker", "depth", "rpiDepth", "trade"})


@dataclass(frozen=True, slots=True)
class StreamName:
    """A market stream.

    Attributes:
        symbol: the contract; empty for all of them.
        word: the kind of stream.
        rest: what follows the kind, for example a candle's interval.
    """

    symbol: str
    word: str
    rest: str = ""

    @property
    def group(self) -> str:
        """Return the group of paths that serves it."""
        return "public" if self.word in _PUBLIC else "market"


@lru_cache(maxsize=8192)
def read_name(name: str) -> StreamName | None:
    """Read a name; None when there is no such stream."""
    if name in _ALL:
        return StreamName("", _ALL[name])
    parts = _CONTINUOUS.fullmatch(name)
    if parts is not None:
        return StreamName(parts["symbol"].upper(), "continuousKline", parts["rest"])
    parts = _ONE.fullmatch(name)
    if parts is None or parts["word"] == "continuousKline":
        return None
    return StreamName(parts["symbol"].upper(), parts["word"], parts["rest"].lstrip("_"))
