"""Find a Chromium for the browser tests, or get one.

Looked for in this order: $CHROMIUM, PATH, Playwright's own, then the system's packages where we
are root. `python -m ops.chromium` prints the path.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ops.home import OpsError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL_TIMEOUT_S = 600


def find_chromium() -> Path | None:
    """Return an installed Chromium, without installing one.

    Raises:
        OpsError: $CHROMIUM names something that cannot be run.
    """
    given = os.environ.get("CHROMIUM")
    if given:
        if not os.access(given, os.X_OK):
            raise OpsError(f"$CHROMIUM is {given}, which cannot be run.")
        return Path(given)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return _playwright_browser()


def ensure_chromium() -> Path:
    """Return a Chromium, installing one if there is none.

    Raises:
        OpsError: there is none and none could be installed; says what was tried.
    """
    found = find_chromium()
    if found:
        return found
    tried = []
    for name, install in _installers():
        error = install()
        found = find_chromium()
        if found:
            return found
        tried.append(f"{name}: {error or 'no browser afterwards'}")
    raise OpsError(
        "The browser tests need Chromium. Install it, or set CHROMIUM to its path. Tried "
        + "; ".join(tried)
    )


def _installers() -> Iterator[tuple[str, Callable[[], str]]]:
    yield (
        "playwright install",
        lambda: _run([sys.executable, "-m", "playwright", "install", "chromium"]),
    )
    if os.geteuid() == 0 and shutil.which("apt-get"):
        yield "apt-get", _install_with_apt


def _install_with_apt() -> str:
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    return _run(["apt-get", "update", "-q"]) or _run(install)


def _playwright_browser() -> Path | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _run(command: list[str]) -> str:
    """Run an installer; return the last line it said if it failed, else nothing."""
    try:
        result = subprocess.run(
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            timeout=_INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not done after {_INSTALL_TIMEOUT_S} s"
    if result.returncode == 0:
        return ""
    said = (result.stderr or result.stdout).strip().splitlines()
    return said[-1] if said else f"exit code {result.returncode}"


if __name__ == "__main__":
    try:
        print(ensure_chromium())
    except OpsError as problem:
        sys.exit(str(problem))
