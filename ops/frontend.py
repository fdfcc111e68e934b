"""Build the console's frontend, and only when something it is made of has changed.

The bundle is built without knowing where it will be served: the addresses that Reflex writes
into it are replaced by the page's own origin, so that one build serves every port and host.

`python -m ops.frontend` builds; `--force` builds again.
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ops.home import CHECKOUT, OpsError

WEB_TOOLS = {
    "REFLEX_USE_SYSTEM_BUN": "1",
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "false",
}

_RECIPE = "2"  # raise when the way of building changes
_BUILD_ORIGIN = "http://localhost:9"  # what the bundle is built for, before it is replaced
_WEB = CHECKOUT / ".web"
_BUNDLE = _WEB / "build" / "client"
_STAMP = _WEB / "patriot-build"
_ENDPOINT = re.compile(r"""(["'`])(http|ws)://localhost:9(/[^"'`]*)\1""")
_BUILD_TIMEOUT_S = 600


def build_if_changed(*, log: Path, force: bool = False) -> bool:
    """Build the frontend where needed; return whether it was.

    Raises:
        OpsError: the build failed; the end of its log is shown.
    """
    if not force and is_built(fingerprint()):
        return False
    sources = _digest(_sources())  # before the build: an edit meanwhile must not go unnoticed
    _STAMP.unlink(missing_ok=True)
    _export(log)
    if serve_from_own_origin(_BUNDLE) == 0:
        raise OpsError("The built frontend names no endpoint: Reflex has changed its layout.")
    _STAMP.write_text(_combined(sources, _digest(_javascript_lock())))
    return True


def is_built(wanted: str) -> bool:
    """Tell whether the bundle on disk is made of exactly these sources."""
    complete = (_BUNDLE / "index.html").exists() and _STAMP.exists()
    return complete and _STAMP.read_text() == wanted


def fingerprint() -> str:
    """Return a digest of everything that the bundle is made of.

    All of the package counts, since pages show enumerations of the core.
    """
    return _combined(_digest(_sources()), _digest(_javascript_lock()))


def serve_from_own_origin(bundle: Path) -> int:
    """Make the bundle find its backend at its own address; return the endpoints replaced."""
    replaced = 0
    for script in sorted(bundle.rglob("*.js")):
        text, count = _ENDPOINT.subn(_own_origin, script.read_text())
        if count:
            script.write_text(text)
            for compressed in script.parent.glob(f"{script.name}.*"):
                compressed.unlink()
            replaced += count
    return replaced


def path_with_tools() -> str:
    """Return PATH with this environment's own programs (node, bun) first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _own_origin(found: re.Match[str]) -> str:
    scheme = found.group(2)
    return f'(location.origin.replace(/^http/,"{scheme}")+"{found.group(3)}")'


def _sources() -> Iterator[Path]:
    for folder, pattern in (("patriot_app", "*.py"), ("assets", "*")):
        for path in sorted((CHECKOUT / folder).rglob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts and "external" not in path.parts:
                yield path
    yield CHECKOUT / "rxconfig.py"
    yield CHECKOUT / "requirements.lock"


def _javascript_lock() -> list[Path]:
    """Return the lock of the JavaScript packages, which a build completes where it is behind."""
    return sorted(path for path in (CHECKOUT / "reflex.lock").glob("*") if path.is_file())


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(CHECKOUT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _combined(sources: str, lock: str) -> str:
    return f"{_RECIPE} {sources} {lock}"


def _export(log: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PATRIOT_")
    }
    environment |= WEB_TOOLS | {"PATH": path_with_tools(), "PATRIOT_PUBLIC_URL": _BUILD_ORIGIN}
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        result = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_BUILD_TIMEOUT_S,
            check=False,
        )
    if result.returncode != 0 or not _BUNDLE.exists():
        end = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise OpsError(f"The frontend did not build. The end of {log}:\n{end}")


if __name__ == "__main__":
    built = build_if_changed(
        log=CHECKOUT / ".patriot" / "frontend.log", force="--force" in sys.argv
    )
    print("Frontend built." if built else "Frontend is up to date.")
