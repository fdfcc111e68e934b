"""A dated snapshot of what is known against the packages that are locked.

`python -m ops.advisories` asks OSV (osv.dev) about every locked package by name, whatever its
version, and writes `ops/advisories.json`: so a version that is locked later is judged without a
network. It needs one, and changes nothing where OSV does not answer; `ops.audit` needs none.

The lowest versions known to matter stand in the same file, entered by hand with their source.
"""

import json
import sys
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from ops.home import CHECKOUT
from ops.locked import Package, locked_packages

SNAPSHOT = CHECKOUT / "ops" / "advisories.json"
OSV = "https://api.osv.dev/v1/query"
TIMEOUT_S = 30
PAGES_MAX = 50

Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Range:
    """Versions that are affected: from `introduced` on ("0": all) and before `fixed`.

    Attributes:
        last: the last affected version, where none is known to be fixed; "" for none.
    """

    introduced: str = "0"
    fixed: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Advisory:
    """One known weakness of one package.

    Attributes:
        versions: affected ones that are listed one by one.
    """

    id: str
    ecosystem: str
    package: str
    summary: str
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Minimum:
    """The lowest version of a package that may be locked, and why."""

    ecosystem: str
    package: str
    version: str
    why: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was known on a day.

    Attributes:
        taken_on: the day of the newest look.
        source: who was asked.
        looked_up: "PyPI/aiohttp" for each package that the source was asked about.
    """

    taken_on: date
    source: str
    looked_up: frozenset[str] = frozenset()
    advisories: tuple[Advisory, ...] = ()
    minimums: tuple[Minimum, ...] = field(default=())

    def to_json(self) -> str:
        """Return the text of the file."""
        content = asdict(self) | {
            "taken_on": self.taken_on.isoformat(),
            "looked_up": sorted(self.looked_up),
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def load(path: Path = SNAPSHOT) -> Snapshot:
    """Read a snapshot."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Snapshot(
        taken_on=date.fromisoformat(content["taken_on"]),
        source=content["source"],
        looked_up=frozenset(content["looked_up"]),
        advisories=tuple(
            Advisory(
                **one
                | {
                    "ranges": tuple(Range(**each) for each in one["ranges"]),
                    "versions": tuple(one["versions"]),
                }
            )
            for one in content["advisories"]
        ),
        minimums=tuple(Minimum(**one) for one in content["minimums"]),
    )


def take(packages: Iterable[Package], ask: Ask, *, today: date, before: Snapshot) -> Snapshot:
    """Return a new snapshot; what was entered by hand is kept."""
    names = sorted({(one.ecosystem, one.name) for one in packages})
    found = {
        (one.id, one.package): one
        for ecosystem, name in names
        for one in _known_against(ecosystem, name, ask)
    }
    kept = {(one.id, one.package): one for one in before.advisories}
    return Snapshot(
        taken_on=today,
        source=OSV,
        looked_up=frozenset(f"{ecosystem}/{name}" for ecosystem, name in names),
        advisories=tuple(one for _, one in sorted((kept | found).items())),
        minimums=before.minimums,
    )


def _known_against(ecosystem: str, name: str, ask: Ask) -> Iterator[Advisory]:
    question: dict[str, Any] = {"package": {"name": name, "ecosystem": ecosystem}}
    for _ in range(PAGES_MAX):
        answer = ask(question)
        for entry in answer.get("vulns", []):
            if "withdrawn" not in entry:
                yield from _read(entry, ecosystem, name)
        if not (token := answer.get("next_page_token")):
            return
        question["page_token"] = token
    raise ValueError(f"{name}: more than {PAGES_MAX} pages")


def _read(entry: dict[str, Any], ecosystem: str, name: str) -> Iterator[Advisory]:
    """Read an entry of OSV's format: https://ossf.github.io/osv-schema/"""
    for affected in entry.get("affected", []):
        package = affected.get("package", {})
        if (package.get("ecosystem"), package.get("name", "").lower()) != (ecosystem, name.lower()):
            continue
        ranges = [
            found
            for each in affected.get("ranges", [])
            if each.get("type") in {"ECOSYSTEM", "SEMVER"}
            for found in _ranges(each.get("events", []))
        ]
        yield Advisory(
            id=entry["id"],
            ecosystem=ecosystem,
            package=name,
            summary=entry.get("summary", "")[:200],
            ranges=tuple(ranges),
            versions=() if ranges else tuple(affected.get("versions", [])),
        )


def _ranges(events: list[dict[str, str]]) -> Iterator[Range]:
    begins: str | None = None
    for event in events:
        if "introduced" in event:
            begins = event["introduced"]
        elif begins is not None:
            yield Range(begins, event.get("fixed", ""), event.get("last_affected", ""))
            begins = None
    if begins is not None:
        yield Range(begins)


def _ask_osv(question: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        OSV, data=json.dumps(question).encode(), headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - OSV is https
        found: dict[str, Any] = json.load(answer)
        return found


def main() -> int:
    """Take a new snapshot, or say why there is none."""
    packages = locked_packages()
    today = datetime.now(UTC).date()
    try:
        taken = take(packages, _ask_osv, today=today, before=load())
    except (OSError, HTTPException, ValueError) as error:
        print(f"No new snapshot: {error}", file=sys.stderr)
        return 2
    SNAPSHOT.write_text(taken.to_json(), encoding="utf-8")
    print(f"{len(taken.looked_up)} packages, {len(taken.advisories)} advisories, {taken.taken_on}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
