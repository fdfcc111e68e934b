"""Does a trader trade, and if not wholly: why. One word and its reasons, for people and monitors."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from patriot_app.core.domain.halts import HaltLevel


class Trading(StrEnum):
    TRADING = "trading"
    DEGRADED = "degraded"
    NOT_TRADING = "not trading"


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


@dataclass(frozen=True, slots=True)
class Condition:
    """The word and the reasons behind it; no reasons while all is well."""

    trading: Trading
    why: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return "trading", "degraded: …" or "not trading: …"."""
        return f"{self.trading}: {'; '.join(self.why)}" if self.why else self.trading.value


def condition_of(signs: Signs) -> Condition:
    """Return what a trader's signs come to; whatever stops everything goes first."""
    stops = tuple(_stops(signs))
    if stops:
        return Condition(Trading.NOT_TRADING, stops)
    flaws = tuple(_flaws(signs))
    return Condition(Trading.DEGRADED if flaws else Trading.TRADING, flaws)


def _stops(signs: Signs) -> list[str]:
    found = []
    if signs.database_silent_s is not None:
        found.append(
            f"The database has not answered for {signs.database_silent_s:.0f} s;"
            " nothing is sent to any exchange"
        )
    if signs.kill_file is HaltLevel.STOP_SENDING:
        found.append("The kill file says K4")
    if signs.is_stopped:
        found.append("A halt of the whole desk at K4 lets nothing leave")
    if found:
        return found
    if not signs.shards_held:
        found.append("It holds no accounts; another trader may")
    elif not signs.shards_ready:
        found.append("Its accounts are being recovered")
    return found


def _flaws(signs: Signs) -> list[str]:
    found = []
    if signs.kill_file is not None:
        found.append(f"The kill file says {signs.kill_file.name_on_screen}: nothing opens")
    if signs.is_cold:
        found.append("Cold mode: every order is looked up before it leaves")
    recovering = signs.shards_held - signs.shards_ready
    if recovering > 0:
        found.append(f"{recovering} of {signs.shards_held} shards are being recovered")
    deaf = signs.accounts - signs.streams
    if deaf > 0:
        found.append(f"{deaf} of {signs.accounts} accounts are read by REST: their stream is down")
    found += [
        f"{where} forbids requests for {seconds:.0f} s more" for where, seconds in signs.silences
    ]
    return found
