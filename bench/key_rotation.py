"""The trading key is changed while a demo desk trades: `python -m bench.key_rotation --home FOLDER`.

Watches the desk for a while and for as long again while `patriot keys rotate` and `retire` run, in
turns, and prints: how long a rotation takes and what processor time it costs with the start of its
processes, orders sent and failed with and without one (their ratio is the figure that counts), and
what is left on the former key, which `retire` destroys.

    python -m ops.cli demo --accounts 1000 --home FOLDER &
    nice -n -15 .venv/bin/python -m bench.key_rotation --home FOLDER --seconds 60 --rounds 5
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ops.desk import running_desk
from ops.home import CHECKOUT, Home

SENT = (
    "SELECT count(*), count(*) FILTER (WHERE state IN ('sending', 'unknown')),"
    " count(*) FILTER (WHERE state IN ('rejected', 'absent', 'quarantined')),"
    " count(*) FILTER (WHERE state IN ('rejected', 'absent', 'quarantined')"
    " AND (http_status IN (401, 403) OR exchange_code = ANY(%(codes)s)))"
    " FROM attempts WHERE sending_at >= to_timestamp(%(start)s)"
    " AND sending_at < to_timestamp(%(end)s)"
)
OVER_A_KEY = ["-1022", "-2014", "-2015", "10003", "10004", "10005", "10010", "33004"]
"""Codes of both exchanges for a key, a signature or an address that is not good."""
SETTLE_S = 60.0
NOT_OPENED = (
    "SELECT count(*) FROM events WHERE type IN ('CredentialDidNotOpen', 'CredentialQuarantined')"
    " AND recorded_at >= to_timestamp(%s)"
)
BY_KEY = (
    "SELECT key_id, count(*) FROM credentials WHERE api_key_ciphertext IS NOT NULL GROUP BY key_id"
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What one rotation took.

    Attributes:
        processor_s: of the process that opens and seals, its start included.
    """

    wall_s: float
    processor_s: float


@dataclass(frozen=True, slots=True)
class Span:
    """What the desk sent in a while.

    Attributes:
        refused: for whatever reason, such as a stop that the price had passed already.
        over_a_key: of those, for want of a good key.
    """

    seconds: float
    sent: int = 0
    waiting: int = 0
    refused: int = 0
    over_a_key: int = 0

    @property
    def rate(self) -> float:
        """Orders a second."""
        return self.sent / self.seconds

    def __add__(self, other: "Span") -> "Span":
        return Span(
            self.seconds + other.seconds,
            self.sent + other.sent,
            self.waiting + other.waiting,
            self.refused + other.refused,
            self.over_a_key + other.over_a_key,
        )

    def __str__(self) -> str:
        return (
            f"{self.sent} orders in {self.seconds:.0f} s ({self.rate:.2f} a second),"
            f" {self.waiting} without an answer, {self.refused} refused, {self.over_a_key} over a key"
        )


class Watched:
    """The running desk, seen by its database's administrator."""

    def __init__(self, home: Home) -> None:
        self.home = home
        with running_desk(home) as desk:
            url = desk.server.administrator.set(
                drivername="postgresql", database=desk.server.database
            )
        self._connection = psycopg.connect(url.render_as_string(), autocommit=True)

    def sent(self, start: float, end: float) -> Span:
        """Return what the desk sent between two moments, once it has its answers."""
        until = time.monotonic() + SETTLE_S
        while True:
            given = {"start": start, "end": end, "codes": OVER_A_KEY}
            row = self._connection.execute(SENT, given).fetchone()
            assert row is not None
            found = Span(end - start, *row)
            if found.waiting == 0 or time.monotonic() > until:
                return found
            time.sleep(1)

    def by_key(self) -> dict[str, int]:
        """Return how many stored keys are sealed for which trading key."""
        return dict(self._connection.execute(BY_KEY).fetchall())

    def not_opened_since(self, moment: float) -> int:
        """Return how many keys did not open or were set aside since then."""
        row = self._connection.execute(NOT_OPENED, (moment,)).fetchone()
        assert row is not None
        return int(row[0])

    def command(self, *arguments: str) -> Rotation:
        """Run a command of `patriot keys` on the desk."""
        command = [sys.executable, "-m", "ops.cli", "keys", *arguments, "--demo"]
        before, started = os.times(), time.monotonic()
        subprocess.run([*command, "--home", str(self.home.path)], cwd=CHECKOUT, check=True)  # noqa: S603
        after = os.times()
        used = after.children_user + after.children_system
        used -= before.children_user + before.children_system
        return Rotation(time.monotonic() - started, used)


def rotate_once(desk: Watched) -> Rotation:
    """Change the key, prove that nothing is left on the former one, and destroy that."""
    [former] = desk.by_key()
    stored = desk.by_key()[former]
    done = desk.command("rotate")
    after = desk.by_key()
    assert former not in after
    assert sum(after.values()) == stored, after
    desk.command("retire", former)  # refuses while anything needs it
    return done


def measure(home: Home, *, seconds: float, rounds: int) -> None:
    """Print the figures; spans with and without a rotation take turns."""
    desk = Watched(home)
    [(former, stored)] = desk.by_key().items()
    started = time.time()
    done: list[Rotation] = []

    def rotate() -> None:
        until = time.monotonic() + seconds
        done.append(rotate_once(desk))
        time.sleep(max(0.0, until - time.monotonic()))

    quiet, busy = [], []
    for _ in range(rounds):
        quiet.append(during(lambda: time.sleep(seconds)))
        busy.append(during(rotate))
    without = sum((desk.sent(*one) for one in quiet), Span(0))
    rotating = sum((desk.sent(*one) for one in busy), Span(0))
    print(f"{stored} stored keys, sealed for {former} before")
    print(f"without rotation: {without}")
    print(f"with a rotation in each of {rounds} spans: {rotating}")
    print(f"orders a second, with against without: {rotating.rate / (without.rate or 1):.2f}")
    walls = sorted(one.wall_s for one in done)
    used = sorted(one.processor_s for one in done)
    print(f"a rotation: {walls[len(walls) // 2]:.1f} s, {used[len(used) // 2]:.2f} s of processor")
    print(f"keys that did not open or were set aside: {desk.not_opened_since(started)}")
    print(f"left on the former key: {desk.by_key().get(former, 0)} of {stored}")


def during(work: Callable[[], None]) -> tuple[float, float]:
    """Do something and return from when to when it took."""
    started = time.time()
    work()
    return started, time.time()


def main() -> None:
    """Measure at a demo desk that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="of the running demo desk")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.home is None:
        print("No demo desk is named: --home FOLDER of one that runs.")
        return
    measure(Home(options.home.resolve()), seconds=options.seconds, rounds=options.rounds)


if __name__ == "__main__":
    main()
