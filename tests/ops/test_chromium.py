"""Chromium: the given one first, then PATH, then what can be installed."""

import os
from pathlib import Path

import pytest

from ops import chromium
from ops.home import OpsError


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser; gives a folder that is all of PATH."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "_playwright_browser", lambda: None)
    return tmp_path


def make_program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_given_browser_wins_over_the_one_on_path(
    empty_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(empty_machine / "chromium")
    given = make_program(tmp_path / "my-browser")
    monkeypatch.setenv("CHROMIUM", str(given))
    assert chromium.find_chromium() == given


def test_a_given_browser_that_cannot_run_is_refused(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", str(empty_machine / "none"))
    with pytest.raises(OpsError, match="cannot be run"):
        chromium.find_chromium()


def test_names_on_path_are_tried_in_order(empty_machine: Path) -> None:
    make_program(empty_machine / "google-chrome")
    assert chromium.find_chromium() == empty_machine / "google-chrome"
    make_program(empty_machine / "chromium-browser")
    assert chromium.find_chromium() == empty_machine / "chromium-browser"
    make_program(empty_machine / "chromium")
    assert chromium.find_chromium() == empty_machine / "chromium"


def test_installers_run_in_order_until_one_gives_a_browser(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def second() -> str:
        tried.append("second")
        make_program(empty_machine / "chromium")
        return ""

    def installers() -> list[tuple[str, object]]:
        return [("first", lambda: tried.append("first") or "no network"), ("second", second)]

    monkeypatch.setattr(chromium, "_installers", installers)
    assert chromium.ensure_chromium() == empty_machine / "chromium"
    assert tried == ["first", "second"]


@pytest.mark.usefixtures("empty_machine")
def test_without_any_browser_the_failure_names_what_was_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chromium, "_installers", lambda: [("apt-get", lambda: "no network")])
    with pytest.raises(OpsError, match=r"set CHROMIUM .* apt-get: no network"):
        chromium.ensure_chromium()


def test_the_packages_are_tried_as_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert [name for name, _ in chromium._installers()] == ["playwright install"]
