"""Look for secrets in every file of every commit: what was committed once can be read for ever.

`python -m ops.secret_scan` reads each blob that can be reached from HEAD once, and the files of the
checkout that git would take. It ends with 1 and names rule, path, line and object, never the value.

A value is not a secret by one of these stated rules, and by no other:

* it says so: it contains one of `MARKS`, as every key of a test must;
* it is no key: too few different characters (`BITS_MIN` bits a character);
* its SHA-256 stands in `ops/known_fakes.txt` beside the reason.
"""

import hashlib
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.home import CHECKOUT, OpsError

KNOWN_FAKES = CHECKOUT / "ops" / "known_fakes.txt"
MARKS = ("test", "canary", "kanarien", "example", "fake", "sample", "secret-of", "key-of")
BITS_MIN = 3.0
LOCKS = ("requirements.lock", ".lock", "bun.lockb", "package-lock.json")
"""Files of hashes, which look like keys."""

RULES = {
    "a private key": rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40}",
    "a bot's token": rb"(?<![0-9A-Za-z])([0-9]{8,10}:[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])",
    "a token of a service": rb"\b((?:ghp|gho|ghs|npm)_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}"
    rb"|pypi-AgE[A-Za-z0-9_-]{50,}|xox[abprs]-[A-Za-z0-9-]{20,}|AKIA[0-9A-Z]{16}|sk-[A-Za-z0-9]{32,})",
    "a signed token": rb"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})",
    "an API key of ours": rb"\b(pak_live_[0-9a-f]{12}_[A-Za-z0-9_-]{43})",
    "an exchange's key": rb"(?<![A-Za-z0-9_/+.-])((?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])"
    rb"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{64})(?![A-Za-z0-9_/+=-])",
    "a key file": rb"(?m)^([A-Za-z0-9+/]{43}=)$",
    "a password in an address": rb"\b[a-z][a-z0-9+]{2,20}://[^\s:/@'\"{}$<>]+:([^\s:/@'\"{}$<>]{6,})@",
    "a secret in an assignment": rb"(?i)(?:api_?key|secret|token|passw(?:or)?d|pepper)"
    rb"['\"]?\s*(?:=|:)\s*['\"]([A-Za-z0-9+/_=-]{24,})['\"]",
}
_RULES = {name: re.compile(pattern) for name, pattern in RULES.items()}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that looks like a secret; its value is not kept.

    Attributes:
        digest: SHA-256 of the value, as `known_fakes.txt` lists it.
        blob: git's name of the file's content, "" for one that is not committed.
    """

    rule: str
    path: str
    line: int
    digest: str
    blob: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" + (f" ({self.blob[:12]})" if self.blob else "")
        return f"{where}: {self.rule}, {self.digest}"


def search(content: bytes, path: str, *, known: frozenset[str], blob: str = "") -> list[Finding]:
    """Return what looks like a secret in the content of one file."""
    if path.endswith(LOCKS) or b"\0" in content[:8_000]:
        return []
    found = []
    for rule, pattern in _RULES.items():
        for match in pattern.finditer(content):
            value = match[match.lastindex or 0]
            digest = hashlib.sha256(value).hexdigest()
            if digest not in known and not _is_no_secret(value):
                line = content.count(b"\n", 0, match.start()) + 1
                found.append(Finding(rule, path, line, digest, blob))
    return found


def scan_history(checkout: Path, *, known: frozenset[str]) -> tuple[int, list[Finding]]:
    """Return how many blobs were read, and what was found in any of them."""
    paths = dict(_blobs(checkout))
    findings: list[Finding] = []
    for blob, content in _contents(checkout, paths):
        findings += search(content, paths[blob], known=known, blob=blob)
    return len(paths), findings


def scan_checkout(checkout: Path, *, known: frozenset[str]) -> list[Finding]:
    """Return what was found in the files that a commit would take."""
    listed = _git(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [
        finding
        for name in listed.decode().split("\0")
        if name and (checkout / name).is_file()
        for finding in search((checkout / name).read_bytes(), name, known=known)
    ]


def known_fakes(path: Path = KNOWN_FAKES) -> frozenset[str]:
    """Return the digests that are listed; each needs a reason beside it.

    Raises:
        OpsError: a line without one.
    """
    digests = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        digest, _, reason = line.partition(" ")
        if len(digest) != 64 or not reason.strip():
            raise OpsError(f"{path.name}: a digest and a reason are wanted: {line[:80]}")
        digests.add(digest)
    return frozenset(digests)


def _is_no_secret(value: bytes) -> bool:
    lowered = value.decode("latin-1").lower()
    return any(mark in lowered for mark in MARKS) or _bits(value) < BITS_MIN


def _bits(value: bytes) -> float:
    """Return the entropy of a character, from how often each occurs."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def _blobs(checkout: Path) -> Iterator[tuple[str, str]]:
    """Yield name and path of each object of the history; commits have no path."""
    for line in _git(checkout, "rev-list", "--objects", "HEAD").decode().splitlines():
        blob, _, path = line.partition(" ")
        if path:
            yield blob, path


def _contents(checkout: Path, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the content of each blob, from one process of git."""
    names = "\n".join(blobs) + "\n"
    output = _git(checkout, "cat-file", "--batch", given=names.encode())
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        blob, kind, size = output[at:end].decode().split(" ")
        at = end + 1 + int(size) + 1
        if kind == "blob":
            yield blob, output[end + 1 : at - 1]


def _git(checkout: Path, *arguments: str, given: bytes | None = None) -> bytes:
    command = ["git", "-C", str(checkout), *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def main() -> int:
    """Scan this checkout and its history."""
    try:
        known = known_fakes()
        blobs, findings = scan_history(CHECKOUT, known=known)
        findings += scan_checkout(CHECKOUT, known=known)
    except (OpsError, OSError, subprocess.CalledProcessError) as error:
        print(f"Not scanned: {error}", file=sys.stderr)
        return 2
    for finding in sorted({str(one) for one in findings}):
        print(f"Secret: {finding}", file=sys.stderr)
    print(f"{blobs} objects of the history and the checkout read, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
