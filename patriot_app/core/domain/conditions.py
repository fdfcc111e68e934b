"""Does a trader trade, and if not wholly: why. One word and its reasons, for people and monitors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from patriot_app.core.domain.halts import HaltLevel


class Trading(StrEnum):
    TRADING = "trading"
    DEGRADED = "degraded"
    NOT_TRADING = "not trading"


class Cause(StrEnum):
    """Why a trader does not trade as it should; each has its runbook."""

    DATABASE_SILENT = "database_silent"
    KILL_FILE = "kill_file"
    DESK_STOPPED = "desk_stopped"
    NO_ACCOUNTS = "no_accounts"
    RECOVERING = "recovering"
    COLD_MODE = "cold_mode"
    EXCHANGE_DOWN = "exchange_down"
    EXCHANGE_FORBIDS = "exchange_forbids"
    MAINTENANCE = "maintenance"
    CLOCK_IN_DOUBT = "clock_in_doubt"
    STREAMS_DOWN = "streams_down"
    CONNECTIONS_TAKEN = "connections_taken"
    NO_TRADER = "no_trader"


@dataclass(frozen=True, slots=True)
class Why:
    """One reason in words.

    Attributes:
        since: when it was first seen; None where nobody kept count.
    """

    cause: Cause
    text: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What a trader sees of itself.

    Attributes:
        database_silent_s: seconds since the leases were renewed, None while that is recent.
        kill_file: how far the kill file stops this machine.
        is_stopped: a halt of the desk lets nothing leave.
        shards_held, shards_ready: of our shards; those that are not ready recover.
        accounts, streams: opened keys, and how many of them hear their exchange now.
        silences: seconds that exchanges forbid us to ask, by exchange and address.
        database_problem: what the database said when the leases could not be renewed.
        clock_doubts: exchange and what is wrong with its time.
        breakers: what does not answer, as "binance orders", and how far it is back.
        is_exhausted: every database connection is taken.
        maintenance: of each exchange that is closed or closes soon, in words.
    """

    database_silent_s: float | None
    kill_file: HaltLevel | None
    is_stopped: bool
    is_cold: bool
    shards_held: int
    shards_ready: int
    accounts: int
    streams: int
    silences: Sequence[tuple[str, float]] = ()
    database_problem: str = ""
    clock_doubts: Sequence[tuple[str, str]] = ()
    breakers: Sequence[tuple[str, str]] = ()
    is_exhausted: bool = False
    maintenance: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """The word and the reasons behind it; no reasons while all is well."""

    trading: Trading
    why: tuple[Why, ...] = ()

    def __str__(self) -> str:
        """Return "trading", "degraded: …" or "not trading: …"."""
        return f"{self.trading}: {'; '.join(_said(each) for each in self.why)}".removesuffix(": ")


def condition_of(signs: Signs) -> Condition:
    """Return what a trader's signs come to; whatever stops everything goes first."""
    stops = tuple(_stops(signs))
    if stops:
        return Condition(Trading.NOT_TRADING, stops)
    flaws = tuple(_flaws(signs))
    return Condition(Trading.DEGRADED if flaws else Trading.TRADING, flaws)


def dated(condition: Condition, before: Mapping[Cause, datetime], *, now: datetime) -> Condition:
    """Return a condition whose reasons say since when, given when each cause was first seen."""
    why = tuple(replace(each, since=before.get(each.cause, now)) for each in condition.why)
    return Condition(condition.trading, why)


def _said(why: Why) -> str:
    return why.text if why.since is None else f"{why.text} (since {why.since:%H:%M:%S} UTC)"


def _stops(signs: Signs) -> list[Why]:
    found = []
    if signs.database_silent_s is not None:
        problem = f" ({signs.database_problem})" if signs.database_problem else ""
        text = f"The database has not answered for {signs.database_silent_s:.0f} s{problem}"
        found.append(Why(Cause.DATABASE_SILENT, f"{text}; nothing is sent to any exchange"))
    if signs.kill_file is HaltLevel.STOP_SENDING:
        found.append(Why(Cause.KILL_FILE, "The kill file says K4"))
    if signs.is_stopped:
        text = "A halt of the whole desk at K4 lets nothing leave"
        found.append(Why(Cause.DESK_STOPPED, text))
    if found:
        return found
    if not signs.shards_held:
        found.append(Why(Cause.NO_ACCOUNTS, "It holds no accounts; another trader may"))
    elif not signs.shards_ready:
        found.append(Why(Cause.RECOVERING, "Its accounts are being recovered"))
    return found


def _flaws(signs: Signs) -> list[Why]:
    found = []
    if signs.kill_file is not None:
        text = f"The kill file says {signs.kill_file.name_on_screen}: nothing opens"
        found.append(Why(Cause.KILL_FILE, text))
    if signs.is_cold:
        text = "Cold mode: every order is looked up before it leaves"
        found.append(Why(Cause.COLD_MODE, text))
    recovering = signs.shards_held - signs.shards_ready
    if recovering > 0:
        text = f"{recovering} of {signs.shards_held} shards are being recovered"
        found.append(Why(Cause.RECOVERING, text))
    if signs.is_exhausted:
        text = "Every database connection is taken; exits have connections of their own"
        found.append(Why(Cause.CONNECTIONS_TAKEN, text))
    found += [Why(Cause.MAINTENANCE, each) for each in signs.maintenance]
    found += [
        Why(Cause.CLOCK_IN_DOUBT, f"The clock of {where} is in doubt, nothing is sent there: {why}")
        for where, why in signs.clock_doubts
    ]
    found += [Why(Cause.EXCHANGE_DOWN, f"{where}: {how}") for where, how in signs.breakers]
    deaf = signs.accounts - signs.streams
    if deaf > 0:
        text = f"{deaf} of {signs.accounts} accounts are read by REST: their stream is down"
        found.append(Why(Cause.STREAMS_DOWN, text))
    found += [
        Why(Cause.EXCHANGE_FORBIDS, f"{where} forbids requests for {seconds:.0f} s more")
        for where, seconds in signs.silences
    ]
    return found
