"""Dockerfile and docker-compose.yml, checked as far as it goes without an engine."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.home import CHECKOUT, Home
from ops.keys import KeyFiles
from patriot_app.core.settings import Settings

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def stages() -> dict[str, list[str]]:
    """Return the instructions of each stage of the Dockerfile, continued lines joined."""
    text = (CHECKOUT / "Dockerfile").read_text().replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        start = re.fullmatch(r"FROM (\S+) AS (\S+)", line)
        if start:
            found[start.group(2)] = [line]
        elif line and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return found


def copied(instructions: list[str]) -> Iterator[str]:
    for line in instructions:
        if line.startswith("COPY ") and "--from=" not in line:
            yield from line.split()[1:-1]


def test_everything_that_is_copied_exists_and_is_sent_to_the_builder() -> None:
    sent = (CHECKOUT / ".dockerignore").read_text().splitlines()
    for instructions in stages().values():
        for source in copied(instructions):
            assert (CHECKOUT / source).exists(), source
            top = Path(source).parts[0]
            patterns = [line[1:] for line in sent if line.startswith("!")]
            assert any(Path(top).match(pattern) for pattern in patterns), source


def test_the_daemon_image_has_no_reflex_and_the_web_image_no_exchange() -> None:
    daemon = (CHECKOUT / "requirements.daemon.lock").read_text()
    web = (CHECKOUT / "requirements.web.lock").read_text()
    assert not re.search(r"(?m)^(reflex|fastapi)\b", daemon)
    assert not re.search(r"(?m)^(ccxt|aiogram|apscheduler)==", web)
    assert "patriot_app/web" not in list(copied(stages()["daemon"]))
    assert "daemon" not in list(copied(stages()["web"]))


@pytest.mark.parametrize("name", ["requirements.web.lock", "requirements.daemon.lock"])
def test_the_images_install_what_the_checkout_is_tested_with(name: str) -> None:
    def pins(text: str) -> set[str]:
        return set(re.findall(r"(?m)^([a-z0-9._-]+(?:\[[a-z,]+\])?==\S+)", text))

    part = pins((CHECKOUT / name).read_text())
    assert part
    assert part <= pins((CHECKOUT / "requirements.lock").read_text())


@pytest.mark.parametrize("name", OURS)
def test_a_service_builds_a_stage_that_exists(name: str) -> None:
    assert SERVICES[name]["build"]["target"] in stages()


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_given_settings_that_exist_and_secrets_that_are_mounted(name: str) -> None:
    service = SERVICES[name]
    known = {f"PATRIOT_{field.upper()}" for field in Settings.model_fields}
    environment = service.get("environment", {})
    given = {key for key in environment if key.startswith("PATRIOT_")}
    assert given <= known
    mounted = {f"/run/secrets/{secret}" for secret in service.get("secrets", [])}
    used = set(re.findall(r"/run/secrets/\w+", " ".join(map(str, environment.values()))))
    assert used <= mounted


def test_every_secret_is_a_key_file_that_the_command_makes() -> None:
    made = {path.name for path in KeyFiles(Home(CHECKOUT).keys).all()}
    for name, secret in COMPOSE["secrets"].items():
        assert Path(secret["file"]).name == name
        assert name in made


def test_only_the_trader_can_open_exchange_keys() -> None:
    holders = {
        name for name, one in SERVICES.items() if "trading_private" in one.get("secrets", [])
    }
    assert holders == {"trader"}
    assert "administrator_password" not in SERVICES["web"]["secrets"]


def test_ports_are_published_on_loopback_only() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_every_lasting_service_tells_its_health() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {
        "migrate"
    }


def test_the_card_names_its_services() -> None:
    assert set(SERVICES) == {
        *("postgres", "redis", "migrate", "web", "trader", "notifier", "bot", "paper")
    }
    assert SERVICES["bot"]["profiles"] == ["telegram"]
    assert SERVICES["bot"]["secrets"] == ["database_patriot_bot"]
    assert SERVICES["paper"]["profiles"] == ["demo"]
    assert SERVICES["trader"]["command"][-1] == "trader"
    assert SERVICES["notifier"]["command"][-1] == "notifier"


def test_the_example_environment_names_real_settings_and_no_secret() -> None:
    text = (CHECKOUT / ".env.example").read_text()
    names = set(re.findall(r"(?m)^#?([A-Z_]+)=", text))
    known = {f"PATRIOT_{field.upper()}" for field in Settings.model_fields}
    composed = set(re.findall(r"\$\{(\w+)", (CHECKOUT / "docker-compose.yml").read_text()))
    assert names <= known | composed | {"DATABASE_URL", "DATABASE_PASSWORD_FILE"}
    assert composed <= names
    assert not re.search(r"://\w+:[^@/]+@", text)


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_of_ours(name: str) -> None:
    service = SERVICES[name]
    target = stages()[service["build"]["target"]]
    entry = [word for line in target if line.startswith("ENTRYPOINT") for word in words(line)]
    default = [word for line in target if line.startswith("CMD") for word in words(line)]
    command = [*entry, *service.get("command", default)]
    assert command[:2] == ["python", "-m"], command
    module, arguments = command[2], command[3:]
    said = subprocess.run(
        [sys.executable, "-m", module, *subcommands(arguments), "--help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    for option in options(arguments):
        assert option in said.stdout, f"{module} knows no {option}"
    for option, value in pairwise(arguments):
        if option == "--role":
            assert value in said.stdout


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_waits_for_exists_and_can_become_so(name: str) -> None:
    for needed, wanted in SERVICES[name].get("depends_on", {}).items():
        assert needed in SERVICES
        condition = wanted["condition"]
        assert condition in {"service_healthy", "service_completed_successfully"}
        if condition == "service_healthy":
            assert "healthcheck" in SERVICES[needed]
        else:
            assert SERVICES[needed].get("restart", "no") in {"no", "on-failure"}


@pytest.mark.parametrize("name", [name for name in OURS if "healthcheck" in SERVICES[name]])
def test_a_health_check_asks_a_port_and_path_that_the_service_serves(name: str) -> None:
    service = SERVICES[name]
    check = service["healthcheck"]
    assert {"interval", "timeout", "retries"} <= set(check)
    [(port, path)] = set(re.findall(r":(\d+)(/[\w/]+)", " ".join(map(str, check["test"]))))
    assert path in {"/healthz", "/readyz", "/_paper/health", "/_paper/clock"}
    served = " ".join(map(str, service.get("command", []))) + " ".join(
        str(value) for value in service.get("environment", {}).values()
    )
    exposed = " ".join(stages()[service["build"]["target"]])
    assert port in f"{served} {exposed}", f"{name} serves nothing on {port}"


def test_volumes_and_networks_that_are_named_are_declared() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = str(volume).split(":", 1)[0]
            assert source.startswith((".", "/", "${")) or source in COMPOSE["volumes"]
        for network in service.get("networks", []):
            assert network in COMPOSE["networks"]
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]


def words(instruction: str) -> list[str]:
    """Return the words of an instruction in JSON form."""
    found: list[str] = json.loads(instruction.split(" ", 1)[1])
    return found


def subcommands(arguments: list[str]) -> list[str]:
    """Return the words before the first option: they name a command."""
    first = next((at for at, one in enumerate(arguments) if one.startswith("-")), len(arguments))
    return arguments[:first]


def options(arguments: list[str]) -> list[str]:
    return [one for one in arguments if one.startswith("--")]
