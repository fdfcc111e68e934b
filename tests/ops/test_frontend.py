"""The frontend: built when its sources changed, and served from any address."""

from pathlib import Path

import pytest

from ops import frontend


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout with a built frontend."""
    for name in ("patriot_app/web", "assets", "reflex.lock", ".web/build/client"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("rxconfig.py", "requirements.lock", "assets/theme.css", "patriot_app/web/a.py"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(frontend, "CHECKOUT", tmp_path)
    monkeypatch.setattr(frontend, "_BUNDLE", tmp_path / ".web/build/client")
    monkeypatch.setattr(frontend, "_STAMP", tmp_path / ".web/patriot-build")
    (tmp_path / ".web/build/client/index.html").write_text("<html>")
    (tmp_path / ".web/patriot-build").write_text(frontend.fingerprint())
    return tmp_path


def test_unchanged_sources_are_not_built_again(checkout: Path) -> None:
    assert not frontend.build_if_changed(log=checkout / "log")


@pytest.mark.parametrize(
    "path", ["patriot_app/web/a.py", "assets/theme.css", "rxconfig.py", "reflex.lock/bun.lock"]
)
def test_a_changed_source_asks_for_a_build(checkout: Path, path: str) -> None:
    (checkout / path).write_text("changed")
    assert not frontend.is_built(frontend.fingerprint())


def test_a_lost_bundle_asks_for_a_build(checkout: Path) -> None:
    (checkout / ".web/build/client/index.html").unlink()
    assert not frontend.is_built(frontend.fingerprint())


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
