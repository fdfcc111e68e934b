"""The locks are judged by a dated snapshot, without a network."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ops import advisories, audit
from ops.advisories import Advisory, Minimum, Range, Snapshot
from ops.locked import Package, locked_packages

TODAY = date(2026, 11, 22)
LOCKED = [Package("PyPI", "some-package", "1.4.0"), Package("npm", "@scope/one", "2.0.0-beta.2")]
LOOKED_UP = frozenset({"PyPI/some-package", "npm/@scope/one"})


def advisory(*ranges: Range, versions: tuple[str, ...] = (), **other: Any) -> Advisory:
    made = Advisory("GHSA-1", "PyPI", "some-package", "It leaks", ranges, versions)
    return replace(made, **other)


def snapshot(*known: Advisory, **other: Any) -> Snapshot:
    return replace(Snapshot(TODAY, "OSV", LOOKED_UP, known), **other)


def test_nothing_known_passes_without_a_word() -> None:
    assert audit.judge(LOCKED, snapshot(), today=TODAY) == audit.Judgement((), ())


@pytest.mark.parametrize(
    ("span", "is_hit"),
    [
        (Range("0"), True),
        (Range("1.4.0"), True),
        (Range("1.4.1"), False),
        (Range("0", fixed="1.4.0"), False),
        (Range("0", fixed="1.4.1"), True),
        (Range("0", fixed="1.10"), True),
        (Range("0", last="1.4.0"), True),
        (Range("0", last="1.3.9"), False),
    ],
)
def test_a_version_within_a_range_fails(span: Range, is_hit: bool) -> None:
    found = audit.judge(LOCKED, snapshot(advisory(span)), today=TODAY)
    assert bool(found.failures) is is_hit
    if is_hit:
        assert found.failures == ("some-package 1.4.0: GHSA-1 It leaks",)


def test_a_listed_version_fails_and_one_that_cannot_be_read_too() -> None:
    assert audit.is_affected("1.4.0", advisory(versions=("1.3", "1.4")))
    assert not audit.is_affected("1.4.0", advisory(versions=("1.3",)))
    assert audit.is_affected("not a version", advisory(Range("9")))


@pytest.mark.parametrize(
    ("fixed", "is_hit"),
    [("2.0.0-beta.2", False), ("2.0.0-beta.10", True), ("2.0.0", True), ("2.0.0-alpha.9", False)],
)
def test_npm_versions_are_ordered_as_npm_orders_them(fixed: str, is_hit: bool) -> None:
    known = advisory(Range("0", fixed=fixed), ecosystem="npm", package="@scope/one")
    assert bool(audit.judge(LOCKED, snapshot(known), today=TODAY).failures) is is_hit


def test_a_version_below_the_least_that_is_known_to_matter_fails() -> None:
    least = Minimum("PyPI", "some-package", "1.5", "1.4 forgets its locks")
    found = audit.judge(LOCKED, snapshot(minimums=(least,)), today=TODAY)
    assert found.failures == ("some-package 1.4.0: at least 1.5, 1.4 forgets its locks",)


def test_what_was_never_looked_up_and_an_old_snapshot_are_warnings_only() -> None:
    old = snapshot(looked_up=frozenset({"npm/@scope/one"}), taken_on=date(2026, 10, 1))
    found = audit.judge(LOCKED, old, today=TODAY)
    assert found.failures == ()
    assert found.warnings == (
        "1 locked packages were never looked up: PyPI/some-package",
        "the snapshot is 52 days old, more than 30",
    )


def test_a_snapshot_is_taken_from_osv_page_by_page_and_keeps_what_was_entered_by_hand() -> None:
    asked: list[dict[str, Any]] = []

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        asked.append(dict(question))
        name = question["package"]["name"]
        if name == "@scope/one":
            return {}
        if "page_token" not in question:
            return {"vulns": [entry("GHSA-1", name)], "next_page_token": "more"}
        return {"vulns": [entry("GHSA-2", name), entry("GHSA-3", name) | {"withdrawn": "2026"}]}

    by_hand = advisory(Range("0", fixed="1"), id="CVE-1")
    least = Minimum("PyPI", "some-package", "1", "reason")
    before = snapshot(by_hand, minimums=(least,), looked_up=frozenset())
    taken = advisories.take(LOCKED, ask, today=TODAY, before=before)
    assert len(asked) == 3
    assert taken.looked_up == LOOKED_UP
    assert [one.id for one in taken.advisories] == ["CVE-1", "GHSA-1", "GHSA-2"]
    assert taken.advisories[1].ranges == (Range("0", fixed="1.2"), Range("1.4", last="1.5"))
    assert taken.minimums == (least,)


def entry(identity: str, package: str) -> dict[str, Any]:
    """Return an answer in OSV's own format."""
    events = [
        {"introduced": "0"},
        {"fixed": "1.2"},
        {"introduced": "1.4"},
        {"last_affected": "1.5"},
    ]
    return {
        "id": identity,
        "summary": "It leaks",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": package},
                "ranges": [{"type": "GIT", "events": []}, {"type": "ECOSYSTEM", "events": events}],
                "versions": ["1.0"],
            },
            {"package": {"ecosystem": "PyPI", "name": "of-somebody-else"}},
        ],
    }


def test_a_snapshot_survives_its_file(tmp_path: Any) -> None:
    path = tmp_path / "snapshot.json"
    written = snapshot(advisory(Range("0", fixed="1.2")), minimums=(Minimum("npm", "a", "1", "b"),))
    path.write_text(written.to_json())
    assert advisories.load(path) == written


def test_the_locks_of_this_checkout_hold_nothing_that_is_known_to_be_weak() -> None:
    found = audit.judge(locked_packages(), advisories.load(), today=datetime.now(UTC).date())
    assert found.failures == ()


def test_an_older_reflex_would_be_refused() -> None:
    older = Package("PyPI", "reflex", "0.8.14")
    found = audit.judge([older], advisories.load(), today=TODAY)
    assert [one.split(":")[0] for one in found.failures] == ["reflex 0.8.14"] * 2
