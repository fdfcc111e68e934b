"""Secrets are found wherever they were ever committed, and fakes are told apart by stated rules."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from ops.home import OpsError
from ops.secret_scan import known_fakes, scan_checkout, scan_history, search

NOTHING_KNOWN: frozenset[str] = frozenset()
# Put together here, so that this file holds none.
BASE62 = "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xY" * 2
PLANTED = {
    "a private key": "-----BEGIN "
    + "PRIVATE KEY-----\n"
    + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0",
    "a bot's token": "1234567890" + ":AAE" + BASE62[:32],
    "a token of a service": "ghp" + "_" + BASE62[:36],
    "a signed token": "eyJ" + BASE62[:20] + ".eyJ" + BASE62[5:30] + "." + BASE62[:43],
    "an API key of ours": "pak" + "_live_0123456789ab_" + BASE62[:43],
    "an exchange's key": BASE62,
    "a key file": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA" + "=",
    "a password in an address": "postgresql:" + "//patriot_web:Xk9.vQ2pLm7w@db/patriot",
    "a secret in an assignment": "api_secret = '" + BASE62[:36] + "'",
}


@pytest.mark.parametrize("rule", PLANTED)
def test_each_rule_finds_what_it_is_for(rule: str) -> None:
    text = f"first line\n{PLANTED[rule]}\nlast line\n".encode()
    found = search(text, "some/file.py", known=NOTHING_KNOWN)
    assert rule in {one.rule for one in found}
    assert {one.line for one in found} == {2}
    assert PLANTED[rule].split("'")[-2:][0] not in str(found)


def test_a_finding_is_let_through_by_its_digest_alone() -> None:
    digest = hashlib.sha256(BASE62.encode()).hexdigest()
    assert search(BASE62.encode(), "a.txt", known=frozenset({digest})) == []
    assert search(BASE62.encode(), "a.txt", known=frozenset({"0" * 64}))


@pytest.mark.parametrize(
    "value", ["patriotTESTkey" + BASE62[:30], "an-example-of" + BASE62[:30], "ab" * 20]
)
def test_what_says_that_it_is_a_fake_or_cannot_be_a_key_is_let_through(value: str) -> None:
    assert search(f"secret = '{value}'".encode(), "a.py", known=NOTHING_KNOWN) == []


def test_locks_and_pictures_are_not_read() -> None:
    assert search(BASE62.encode(), "requirements.web.lock", known=NOTHING_KNOWN) == []
    assert search(b"\x89PNG\0" + BASE62.encode(), "a.png", known=NOTHING_KNOWN) == []


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, "-C", str(folder), *arguments], check=True, capture_output=True)  # noqa: S607


def test_a_secret_that_was_deleted_since_is_found_in_the_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "settings.py").write_text(PLANTED["a secret in an assignment"])
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "First")
    (tmp_path / "settings.py").write_text("nothing\n")
    git(tmp_path, "commit", "-qam", "Second")
    _, findings = scan_history(tmp_path, known=NOTHING_KNOWN)
    assert {(one.path, one.rule) for one in findings} == {
        ("settings.py", "a secret in an assignment")
    }
    assert scan_checkout(tmp_path, known=NOTHING_KNOWN) == []


def test_a_file_that_is_not_committed_yet_is_read_and_one_that_git_ignores_is_not(
    tmp_path: Path,
) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("ignored.txt\n")
    for name in ("ignored.txt", "new.txt"):
        (tmp_path / name).write_text(BASE62)
    assert {one.path for one in scan_checkout(tmp_path, known=NOTHING_KNOWN)} == {"new.txt"}


def test_a_known_fake_needs_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "known.txt"
    path.write_text("# a comment\n" + "a" * 64 + " a vector of the standard\n")
    assert known_fakes(path) == frozenset({"a" * 64})
    path.write_text("b" * 64 + "\n")
    with pytest.raises(OpsError, match="a reason"):
        known_fakes(path)
