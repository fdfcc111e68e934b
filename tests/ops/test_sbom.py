"""The bill of materials names what is locked, no more and no less."""

import json
from pathlib import Path

from ops import sbom
from ops.locked import Package, locked_packages

NPM_HASH = "sha512-AAAA"


def test_a_component_has_a_package_url_and_its_hashes() -> None:
    python = Package("PyPI", "some-package", "1.2+local", ("sha256:ab",))
    javascript = Package("npm", "@babel/core", "7.29.13", (NPM_HASH,))
    made = sbom.bill([python, javascript], version="0.1.0")
    first, second = made["components"]
    assert first["purl"] == "pkg:pypi/some-package@1.2%2Blocal"
    assert first["externalReferences"][0]["hashes"] == [{"alg": "SHA-256", "content": "ab"}]
    assert (second["group"], second["name"]) == ("@babel", "core")
    assert second["purl"] == "pkg:npm/%40babel/core@7.29.13"
    assert second["hashes"] == [{"alg": "SHA-512", "content": "000000"}]


def test_the_same_locks_give_the_same_file_and_others_another(tmp_path: Path) -> None:
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    for path in paths:
        assert sbom.main([str(path)]) == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()
    other = sbom.bill([Package("npm", "a", "1.0.0", (NPM_HASH,))], version="0.1.0")
    assert other["serialNumber"] != json.loads(paths[0].read_text())["serialNumber"]


def test_the_bill_of_this_checkout_names_each_locked_package_once() -> None:
    packages = locked_packages()
    made = sbom.bill(packages, version="0.1.0")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    references = [one["bom-ref"] for one in made["components"]]
    assert len(references) == len(set(references)) == len(packages)
