"""List every component of the product, as CycloneDX 1.6 JSON, from the locks alone.

`python -m ops.sbom [FILE]`. The same locks give the same file, byte for byte: two releases differ
exactly where their components do. Source: https://cyclonedx.org/docs/1.6/json/
"""

import base64
import json
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from ops.home import CHECKOUT
from ops.locked import Package, locked_packages

DEFAULT = CHECKOUT / ".patriot" / "sbom.cdx.json"
ALGORITHMS = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "sha1": "SHA-1"}


def bill(packages: Iterable[Package], *, version: str) -> dict[str, Any]:
    """Return the bill of materials of a version of the product."""
    components = [_component(one) for one in packages]
    root = f"pkg:generic/patriot@{version}"
    content = json.dumps([root, components], sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "patriot",
                "version": version,
            }
        },
        "components": components,
    }


def purl(package: Package) -> str:
    """Return the package URL, such as `pkg:npm/%40babel/core@7.29.13`."""
    kind = {"PyPI": "pypi", "npm": "npm"}[package.ecosystem]
    name = "/".join(quote(part, safe="") for part in package.name.split("/"))
    return f"pkg:{kind}/{name}@{quote(package.version, safe='')}"


def _component(package: Package) -> dict[str, Any]:
    group, _, name = package.name.rpartition("/")
    identity = purl(package)
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": identity,
        "name": name,
        "version": package.version,
        "purl": identity,
    }
    if group:
        component["group"] = group
    if package.ecosystem == "npm":
        component["hashes"] = [_npm_hash(one) for one in package.hashes]
    else:
        # A lock names every file of a version; which one is installed depends on the machine.
        component["externalReferences"] = [
            {
                "type": "distribution",
                "url": identity,
                "hashes": [_hash(one) for one in package.hashes],
            }
        ]
    return component


def _hash(text: str) -> dict[str, str]:
    algorithm, _, content = text.partition(":")
    return {"alg": ALGORITHMS[algorithm], "content": content}


def _npm_hash(text: str) -> dict[str, str]:
    algorithm, _, content = text.partition("-")
    return {"alg": ALGORITHMS[algorithm], "content": base64.b64decode(content).hex()}


def main(arguments: list[str]) -> int:
    """Write the bill of this checkout."""
    path = Path(arguments[0]) if arguments else DEFAULT
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    made = bill(locked_packages(), version=project["version"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{len(made['components'])} components in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
