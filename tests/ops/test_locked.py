"""What is locked is read from the files that the installers read."""

from ops.locked import javascript_pins, locked_packages, python_pins

PYTHON = """\
# made by a resolver
Some.Package==1.2.3 ; python_version < '4' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
other==2
"""
JAVASCRIPT = """{
  "packages": {
    "@scope/one": ["@scope/one@1.0.0-beta.2", "", { "bin": "one", }, "sha512-AAAA=="],
    "two/one": ["one@2.1.0", "", {}, "sha512-BBBB=="],
  }
}
"""


def test_a_python_lock_tells_name_version_and_hashes() -> None:
    first, second = python_pins(PYTHON)
    assert (first.ecosystem, first.name, first.version) == ("PyPI", "some-package", "1.2.3")
    assert first.hashes == ("sha256:aa", "sha256:bb")
    assert (second.name, second.version, second.hashes) == ("other", "2", ())


def test_a_javascript_lock_tells_them_too() -> None:
    first, second = javascript_pins(JAVASCRIPT)
    assert (first.name, first.version, first.hashes) == (
        "@scope/one",
        "1.0.0-beta.2",
        ("sha512-AAAA==",),
    )
    assert (second.name, second.version) == ("one", "2.1.0")


def test_every_package_of_this_checkout_is_locked_with_its_hashes() -> None:
    packages = locked_packages()
    assert {"PyPI/reflex", "PyPI/ccxt", "PyPI/pybit", "npm/react"} <= {
        f"{one.ecosystem}/{one.name}" for one in packages
    }
    assert [one.name for one in packages if not one.hashes] == []
