"""What the locks name: every package of a checkout, its version and the hashes of its files."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.home import CHECKOUT

PYTHON_LOCKS = ("requirements.lock", "requirements.clients.lock")
"""The locks of the images are parts of the first."""
JAVASCRIPT_LOCK = "reflex.lock/bun.lock"

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One locked package.

    Attributes:
        ecosystem: "PyPI" or "npm".
        hashes: "sha256:…" of each file in hexadecimal, or npm's "sha512-…" in base64.
    """

    ecosystem: str
    name: str
    version: str
    hashes: tuple[str, ...] = ()


def locked_packages(checkout: Path = CHECKOUT) -> list[Package]:
    """Return every locked package once, in order."""
    found = {
        (one.ecosystem, one.name, one.version): one
        for one in (*_python(checkout), *_javascript(checkout))
    }
    return sorted(found.values())


def _python(checkout: Path) -> Iterator[Package]:
    for name in PYTHON_LOCKS:
        yield from python_pins((checkout / name).read_text())


def python_pins(lock: str) -> Iterator[Package]:
    """Yield the packages of a lock that pip reads."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if (pin := _PIN.match(entry)) is not None:
            hashes = tuple(f"{kind}:{value}" for kind, value in _HASH.findall(entry))
            yield Package("PyPI", normalised(pin[1]), pin[2], hashes)


def _javascript(checkout: Path) -> Iterator[Package]:
    yield from javascript_pins((checkout / JAVASCRIPT_LOCK).read_text())


def javascript_pins(lock: str) -> Iterator[Package]:
    """Yield the packages of a lock that bun reads: JSON with commas before closing brackets."""
    for entry in json.loads(_TRAILING_COMMA.sub(r"\1", lock))["packages"].values():
        name, _, version = entry[0].rpartition("@")
        last = entry[-1]
        yield Package("npm", name, version, (last,) if isinstance(last, str) and last else ())


def normalised(name: str) -> str:
    """Return the name of a Python package as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
