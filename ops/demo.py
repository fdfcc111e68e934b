"""The demo tenant as the command line sees it: seed it, and tell how to sign in."""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ops.demo_customers import DOMAIN, demo_customers
from ops.environments import Desk, web_environment
from ops.home import CHECKOUT, Home, OpsError
from ops.steps import Steps

OPERATOR_EMAIL = f"operator@{DOMAIN}"
_PASSWORD_BYTES = 12


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Size of the tenant and seed of its customers."""

    accounts: int
    seed: int


@dataclass(frozen=True, slots=True)
class Logins:
    """Passwords of this demo; each home has its own."""

    operator: str
    customer: str


def seed_tenant(desk: Desk, steps: Steps, options: DemoOptions) -> None:
    """Make what is missing of operator, customers, accounts and keys.

    Raises:
        OpsError: it could not be made; says why.
    """
    if _seeded(desk.home) >= options.accounts:
        return
    ensure_logins(desk.home)
    arguments = ["tenant", "--accounts", str(options.accounts), "--seed", str(options.seed)]
    with steps.step("Demo customers") as note:
        note(_run(desk, arguments))


def seed_deployments(desk: Desk, steps: Steps, options: DemoOptions) -> None:
    """Put the demo's strategies to work; needs a daemon that runs.

    Raises:
        OpsError: as above.
    """
    if _seeded(desk.home) >= options.accounts:
        return
    with steps.step("Demo strategies") as note:
        note(_run(desk, ["deployments"]))
    _seeded_file(desk.home).write_text(str(options.accounts))


def _run(desk: Desk, arguments: list[str]) -> str:
    """Seed as the web process's database role, with no more rights than the console has."""
    result = subprocess.run(
        [sys.executable, "-m", "ops.demo_seed", *arguments],
        cwd=CHECKOUT,
        env=web_environment(desk) | {"PATRIOT_PAPER_URL": desk.paper_url or ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = result.stdout.strip().splitlines()
    if result.returncode != 0:
        raise OpsError("The demo tenant could not be made:\n" + "\n".join(lines[-15:]))
    return lines[-1] if lines else ""


def logins(home: Home) -> list[str]:
    """Return what to print about signing in."""
    passwords = ensure_logins(home)
    customer = demo_customers(1, seed=0)[0]
    return [
        f"Operator  {OPERATOR_EMAIL}  {passwords.operator}",
        f"Customer  {customer.email}  {passwords.customer}",
    ]


def ensure_logins(home: Home) -> Logins:
    """Return this demo's passwords, made on first use: a demo has no default secret either."""
    path = _logins_file(home)
    if not path.exists():
        made = {role: secrets.token_urlsafe(_PASSWORD_BYTES) for role in ("operator", "customer")}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
    return Logins(**json.loads(path.read_text()))


def _seeded(home: Home) -> int:
    """Return how many accounts this demo was made with, so that a later start need not look."""
    return int(_seeded_file(home).read_text()) if _seeded_file(home).exists() else 0


def _seeded_file(home: Home) -> Path:
    return home.path / "seeded"


def _logins_file(home: Home) -> Path:
    return home.keys / "demo_logins"
