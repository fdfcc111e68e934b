"""Find what a message speaks of: coin, exchange, period, share, amount, strategy.

Each is replaced by a mark, so that the meaning of a sentence does not depend on which coin it
names; the marks stand in the training sentences, too.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from daemon.plain_words.periods import NamedPeriod, find_period
from daemon.plain_words.wording import normalise

VOCABULARY = Path(__file__).with_name("vocabulary.toml")
MARKS = ("coin", "exchange", "period", "percent", "amount", "strategy")
ALIKE_MIN = 0.82
"""How alike a word must be to a strategy's name; one slip in six letters is forgiven."""
_ENDING_MAX = 4

_QUOTES = r"(?:usdt|usdc|usd|perp)"
_PERCENT = re.compile(
    r"(?<![\w.])(?P<number>\d{1,3}(?:[.,]\d{1,2})?)\s*(?:%|percent\w*|відсотк\w+|процент\w*|pct\b)"
)
_AMOUNT = re.compile(
    r"(?<![\w.])(?P<number>\d{1,9}(?:[.,]\d{1,2})?)\s*(?:usdt|usd|долар\w*|доллар\w*|\$)"
)
_SHARES = {
    "half": "50", "половин": "50", "quarter": "25", "четверт": "25", "чверт": "25",
    "ten percent": "10", "twenty percent": "20", "thirty percent": "30", "fifty percent": "50",
    "десят": "10", "двадцят": "20", "двадцат": "20", "тридцят": "30", "тридцат": "30",
    "пятдесят": "50", "пятьдесят": "50",
}  # fmt: skip
_WORD_SHARE = re.compile(
    r"\b(?P<word>" + "|".join(_SHARES) + r")\w*(?:\s+(?:відсотк\w+|процент\w*|percent))?\b"
)


@dataclass(frozen=True, slots=True)
class Entities:
    """What was found; None where the message names none.

    Attributes:
        coin: as its ticker, such as "BTC".
        share: a fraction, from 0 to 1.
        strategy: a name of the desk's own if one is alike, else the word that was used.
    """

    coin: str | None = None
    exchange: str | None = None
    period: NamedPeriod | None = None
    share: Decimal | None = None
    strategy: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return self == Entities()

    def over(self, former: "Entities") -> "Entities":
        """Return these, and for what they do not name the former ones."""
        return Entities(
            coin=self.coin or former.coin,
            exchange=self.exchange or former.exchange,
            period=self.period or former.period,
            share=former.share if self.share is None else self.share,
            strategy=self.strategy or former.strategy,
        )


def find(
    text: str, *, today: date, strategies: Iterable[str] = (), tickers: Iterable[str] = ()
) -> tuple[Entities, str]:
    """Return what a message speaks of, and its normalised form with marks in their places.

    Args:
        strategies: names of the strategies that the person can see.
        tickers: further coins that the desk trades, such as "ARB".
    """
    told, found = normalise(text), Entities()
    if period := find_period(told, today=today):
        found, told = replace(found, period=period[0]), period[1]
    share, told = _share(told)
    coin, told = _named(told, "coin", _coins(tuple(tickers)))
    strategy, told = _strategy(told, tuple(strategies))
    exchange, told = _named(told, "exchange", _words_of("exchanges"))
    told = " ".join(_AMOUNT.sub(" §amount ", told).split())
    return replace(found, share=share, coin=coin, strategy=strategy, exchange=exchange), told


def _share(told: str) -> tuple[Decimal | None, str]:
    found = _PERCENT.search(told)
    if found is not None:
        share = Decimal(found["number"].replace(",", ".")) / 100
    else:
        found = _WORD_SHARE.search(told)
        if found is None:
            return None, told
        share = Decimal(_SHARES[found["word"]]) / 100
    if share > 1:
        return None, told
    return share, f"{told[: found.start()]} §percent {told[found.end() :]}"


def _named(told: str, mark: str, words: Mapping[str, str]) -> tuple[str | None, str]:
    """Replace every word that begins like one of the list; return what the first one names."""
    first: str | None = None
    kept = []
    for word in told.split():
        name = _name_of(word, words)
        first = first or name
        kept.append(word if name is None else f"§{mark}")
    return first, " ".join(kept)


def _name_of(word: str, words: Mapping[str, str]) -> str | None:
    bare = re.sub(rf"[/-]?{_QUOTES}$", "", word) or word
    if bare in words:
        return words[bare]
    if word.isascii() or len(word) < 4:
        return None
    for length in range(len(word) - 1, max(3, len(word) - _ENDING_MAX) - 1, -1):
        if word[:length] in words:
            return words[word[:length]]
    return None


def _strategy(told: str, names: tuple[str, ...]) -> tuple[str | None, str]:
    """Return the desk's strategy that a message names, by its name or by what it is called."""
    words = told.split()
    best: tuple[float, str, int, int] | None = None
    for name in names:
        size = len(normalise(name).split())
        for start in range(len(words) - size + 1):
            said = " ".join(words[start : start + size])
            alike = SequenceMatcher(None, said, normalise(name)).ratio()
            if alike >= ALIKE_MIN and (best is None or alike > best[0]):
                best = alike, name, start, start + size
    if best is None:
        return _called(words, names)
    _, name, start, end = best
    return name, " ".join([*words[:start], "§strategy", *words[end:]])


def _called(words: list[str], names: tuple[str, ...]) -> tuple[str | None, str]:
    called, told = _named(" ".join(words), "strategy", _words_of("strategies"))
    if called is None:
        return None, told
    aliases = [alias for alias, whose in _words_of("strategies").items() if whose == called]
    own = [name for name in names if any(alias in normalise(name).split() for alias in aliases)]
    return (own[0] if len(own) == 1 else called), told


@cache
def _words_of(table: str) -> Mapping[str, str]:
    told = tomllib.loads(VOCABULARY.read_text("utf-8"))[table]
    return {alias: name for name, aliases in told.items() for alias in (*aliases, name.casefold())}


@cache
def _coins(tickers: tuple[str, ...]) -> Mapping[str, str]:
    further = {ticker.casefold(): ticker for ticker in tickers}
    # Tickers that are words of the language ("link", "dot") count only with their quote.
    words = {word: name for word, name in _words_of("coins").items() if word not in _ALSO_WORDS}
    return further | words


_ALSO_WORDS = frozenset({"link", "dot", "ton"})
