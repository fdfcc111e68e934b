"""What the commands of `patriot` have in common: options, the home they mean, plain words."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ops.home import CHECKOUT, Home, Kind, OpsError, demo_homes, open_home
from ops.supervisor import Stopped, is_supervised

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="Folder of the desk's state; else PATRIOT_HOME, else .patriot/ in the checkout.",
    ),
]
DemoOption = Annotated[bool, typer.Option("--demo/--desk", help="Which desk is meant.")]


def run_child(command: list[str], environment: dict[str, str]) -> int:
    """Run a command in the checkout and return its exit code."""
    return subprocess.run(command, env=environment, cwd=CHECKOUT, check=False).returncode


def running_home(home: Path | None, is_demo: bool) -> Home:
    """Return the home meant, or the one demo that runs now."""
    if home is None and is_demo and "PATRIOT_HOME" not in os.environ:
        running = [one for one in demo_homes() if is_supervised(one)]
        if len(running) == 1:
            return running[0]
    return open_home(kind_of(is_demo), home)


def kind_of(is_demo: bool) -> Kind:
    """Return which kind of desk an option means."""
    return "demo" if is_demo else "desk"


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what stands in the way into one message and an exit code."""
    try:
        yield
    except OpsError as problem:
        typer.echo(f"\npatriot: {problem}", err=True)
        raise typer.Exit(1) from None
    except (Stopped, KeyboardInterrupt):
        typer.echo("\n  Stopped; nothing is left running.")
