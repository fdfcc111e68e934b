"""The import contracts of importlinter.toml hold, and cover every package there is."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "importlinter.toml"
CONFIGURATION = tomllib.loads(CONTRACTS.read_text())["tool"]["importlinter"]


def test_the_import_contracts_are_kept() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", CONTRACTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_there_are_seventeen_and_imports_for_types_count_too() -> None:
    numbers = [int(one["name"].split()[0]) for one in CONFIGURATION["contracts"]]
    assert numbers == list(range(1, 18))
    assert CONFIGURATION["exclude_type_checking_imports"] is False
    assert not [one["name"] for one in CONFIGURATION["contracts"] if "ignore_imports" in one]


def test_layered_packages_name_every_child() -> None:
    """A new module must choose its place; the layers of core, web and daemon are exhaustive."""
    exhaustive = {
        container
        for one in CONFIGURATION["contracts"]
        if one["type"] == "layers" and one.get("exhaustive")
        for container in one["containers"]
    }
    assert exhaustive == {"patriot_app.core", "patriot_app.web", "daemon"}
