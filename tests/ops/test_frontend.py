"""The frontend: built when its sources changed, and served from any address."""

from pathlib import Path

import pytest

from ops import frontend


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout whose frontend has been built."""
    for name in ("patriot_app/web", "assets", "reflex.lock"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("rxconfig.py", "requirements.lock", "assets/theme.css", "patriot_app/web/a.py"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(frontend, "CHECKOUT", tmp_path)
    monkeypatch.setattr(frontend, "FRONTEND", tmp_path / "frontend")
    monkeypatch.setattr(frontend, "_export", export)
    frontend.ensure_frontend(log=tmp_path / "log")
    return tmp_path


def export(work: Path, log: Path) -> None:
    """Stand in for Reflex's build, which takes seconds and npm packages."""
    client = work / "build" / "client"
    client.mkdir(parents=True, exist_ok=True)
    (client / "index.html").write_text("<html>")
    (client / "env.js").write_text('var e="http://localhost:9/ping"')
    (work / "reflex.json").write_text("{}")
    (work / "node_modules").mkdir(exist_ok=True)
    log.write_text("built")


def test_unchanged_sources_are_not_built_again(checkout: Path) -> None:
    assert not frontend.ensure_frontend(log=checkout / "log").is_new
    assert frontend.ensure_frontend(log=checkout / "log", force=True).is_new


@pytest.mark.parametrize(
    "path", ["patriot_app/web/a.py", "assets/theme.css", "rxconfig.py", "reflex.lock/bun.lock"]
)
def test_a_changed_source_is_built_beside_the_frontend_in_use(checkout: Path, path: str) -> None:
    before = frontend.ensure_frontend(log=checkout / "log")
    (checkout / path).write_text("changed")
    after = frontend.ensure_frontend(log=checkout / "log")
    assert after.is_new
    assert after.folder != before.folder
    assert (before.folder / "build" / "client" / "index.html").exists()
    assert sorted(one.name for one in after.folder.iterdir()) == ["build", "reflex.json"]


def test_only_a_few_old_frontends_are_kept(checkout: Path) -> None:
    for number in range(8):
        (checkout / "rxconfig.py").write_text(f"{number}")
        newest = frontend.ensure_frontend(log=checkout / "log")
    kept = [one for one in frontend.FRONTEND.iterdir() if len(one.name) == 16]
    assert len(kept) == 5
    assert newest.folder in kept


def test_the_bundle_finds_its_backend_at_its_own_address(tmp_path: Path) -> None:
    script = tmp_path / "assets" / "reflex-env-1.js"
    script.parent.mkdir()
    script.write_text('var e="http://localhost:9/ping",t=`ws://localhost:9/_event`,o="x";')
    (tmp_path / "assets" / "reflex-env-1.js.gz").write_bytes(b"stale")
    assert frontend.serve_from_own_origin(tmp_path) == 2
    assert script.read_text() == (
        'var e=(location.origin.replace(/^http/,"http")+"/ping"),'
        't=(location.origin.replace(/^http/,"ws")+"/_event"),o="x";'
    )
    assert [path.name for path in script.parent.iterdir()] == ["reflex-env-1.js"]
