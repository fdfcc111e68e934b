"""Build the console's frontend, and only when something it is made of has changed.

The bundle is built without knowing where it will be served: the addresses that Reflex writes
into it are replaced by the page's own origin, so that one build serves every port and host.

`python -m ops.frontend` builds; `--force` builds again.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.home import CHECKOUT, OpsError

WEB_TOOLS = {
    "REFLEX_USE_SYSTEM_BUN": "1",
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "false",
}

FRONTEND = CHECKOUT / ".patriot" / "frontend"

_RECIPE = "3"  # raise when the way of building changes
_BUILD_ORIGIN = "http://localhost:9"  # what the bundle is built for, before it is replaced
_ENDPOINT = re.compile(r"""(["'`])(http|ws)://localhost:9(/[^"'`]*)\1""")
_SERVED = ("build/client", "backend", "reflex.json", "routes.json", "env.json")
_KEPT_MAX = 5
_BUILD_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Frontend:
    """A built frontend; its folder never changes, so a console may serve it during a build."""

    folder: Path
    is_new: bool


def ensure_frontend(*, log: Path, force: bool = False) -> Frontend:
    """Return the frontend of these sources, built if there is none yet.

    Raises:
        OpsError: the build failed; the end of its log is shown.
    """
    FRONTEND.mkdir(parents=True, exist_ok=True)
    with (FRONTEND / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one build at a time; the second finds it done
        folder = FRONTEND / fingerprint()
        if folder.exists() and not force:
            return Frontend(folder, is_new=False)
        sources = _digest(_sources())  # before the build: an edit meanwhile must not go unnoticed
        work = FRONTEND / "work"
        _export(work, log)
        if serve_from_own_origin(work / "build" / "client") == 0:
            raise OpsError("The built frontend names no endpoint: Reflex has changed its layout.")
        folder = FRONTEND / _combined(sources, _digest(_javascript_lock()))
        _keep(work, folder)
        _forget_old()
        return Frontend(folder, is_new=True)


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
    return hashlib.sha256(f"{_RECIPE} {sources} {lock}".encode()).hexdigest()[:16]


def _keep(work: Path, folder: Path) -> None:
    """Copy what is served; the folder appears under its name only when it is complete."""
    partial = folder.with_suffix(".part")
    shutil.rmtree(partial, ignore_errors=True)
    for name in _SERVED:
        source = work / name
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, partial / name)
        elif source.exists():
            shutil.copy2(source, partial / name)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _forget_old() -> None:
    kept = [path for path in FRONTEND.iterdir() if (path / "build" / "client").exists()]
    kept = [path for path in kept if path.name != "work"]
    for path in sorted(kept, key=lambda one: one.stat().st_mtime)[:-_KEPT_MAX]:
        shutil.rmtree(path)


def _export(work: Path, log: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PATRIOT_")
    }
    environment |= WEB_TOOLS | {
        "PATH": path_with_tools(),
        "PATRIOT_PUBLIC_URL": _BUILD_ORIGIN,
        "REFLEX_WEB_WORKDIR": str(work),
    }
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    log.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(work / "build", ignore_errors=True)
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
    if result.returncode != 0 or not (work / "build" / "client").exists():
        end = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise OpsError(f"The frontend did not build. The end of {log}:\n{end}")


if __name__ == "__main__":
    try:
        made = ensure_frontend(log=FRONTEND / "build.log", force="--force" in sys.argv)
    except OpsError as problem:
        sys.exit(str(problem))
    print(f"Frontend {'built' if made.is_new else 'up to date'}: {made.folder}")
