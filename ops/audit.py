"""Judge the locked packages by the snapshot of advisories; no network.

`python -m ops.audit` ends with 1 if a locked version is known to be weak. That a package was never
looked up, or that the snapshot is old, is a warning: nobody made it worse by committing.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from packaging.version import InvalidVersion, Version

from ops.advisories import Advisory, Range, Snapshot, load
from ops.locked import Package, locked_packages

AGE_DAYS_MAX = 30
NAMED_MAX = 8

_SEMANTIC = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found: reasons to fail, and what one should know."""

    failures: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(packages: Iterable[Package], snapshot: Snapshot, *, today: date) -> Judgement:
    """Compare every locked version with what is known."""
    packages = list(packages)
    return Judgement(
        tuple(_failures(packages, snapshot)), tuple(_warnings(packages, snapshot, today))
    )


def is_affected(version: str, advisory: Advisory) -> bool:
    """Tell whether an advisory is about a version; one that cannot be read counts as affected."""
    order = ORDERS[advisory.ecosystem]
    try:
        mine = order(version)
        listed = [order(one) for one in advisory.versions]
        return mine in listed or any(_is_within(mine, each, order) for each in advisory.ranges)
    except ValueError:
        return True


def _failures(packages: list[Package], snapshot: Snapshot) -> Iterator[str]:
    for package in packages:
        for advisory in snapshot.advisories:
            is_same = (advisory.ecosystem, advisory.package) == (package.ecosystem, package.name)
            if is_same and is_affected(package.version, advisory):
                yield f"{package.name} {package.version}: {advisory.id} {advisory.summary}"
        for least in snapshot.minimums:
            order = ORDERS[package.ecosystem]
            is_same = (least.ecosystem, least.package) == (package.ecosystem, package.name)
            if is_same and order(package.version) < order(least.version):
                yield f"{package.name} {package.version}: at least {least.version}, {least.why}"


def _warnings(packages: list[Package], snapshot: Snapshot, today: date) -> Iterator[str]:
    unknown = sorted({f"{one.ecosystem}/{one.name}" for one in packages} - snapshot.looked_up)
    if unknown:
        shown = ", ".join(unknown[:NAMED_MAX]) + (" …" if len(unknown) > NAMED_MAX else "")
        yield f"{len(unknown)} locked packages were never looked up: {shown}"
    age = (today - snapshot.taken_on).days
    if age > AGE_DAYS_MAX:
        yield f"the snapshot is {age} days old, more than {AGE_DAYS_MAX}"


def _is_within(version: Any, span: Range, order: Callable[[str], Any]) -> bool:
    if span.introduced != "0" and version < order(span.introduced):
        return False
    if span.fixed:
        return bool(version < order(span.fixed))
    return not span.last or bool(version <= order(span.last))


def _python_order(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion as error:
        raise ValueError(str(error)) from error


def _semantic_order(version: str) -> tuple[Any, ...]:
    """Return what orders versions as https://semver.org/#spec-item-11 does."""
    if (found := _SEMANTIC.match(version)) is None:
        raise ValueError(f"{version} is no semantic version")
    numbers = tuple(int(found[place]) for place in (1, 2, 3))
    if found[4] is None:
        return (*numbers, 1, ())
    parts = found[4].split(".")
    ordered = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in parts)
    return (*numbers, 0, ordered)


ORDERS: dict[str, Callable[[str], Any]] = {"PyPI": _python_order, "npm": _semantic_order}


def main() -> int:
    """Judge the locks of this checkout."""
    snapshot, packages = load(), locked_packages()
    found = judge(packages, snapshot, today=datetime.now(UTC).date())
    print(
        f"{len(packages)} locked packages, {len(snapshot.advisories)} advisories and"
        f" {len(snapshot.minimums)} least versions of {snapshot.taken_on}"
    )
    for warning in found.warnings:
        print(f"Warning: {warning}. Where there is a network: make advisories")
    for failure in found.failures:
        print(f"Vulnerable: {failure}", file=sys.stderr)
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
