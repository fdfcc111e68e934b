"""`patriot keys`: the key files of a desk, and the rotation of its trading key."""

import sys
from typing import Annotated

import typer

from ops import key_rotation
from ops import keys as key_files
from ops.command_line import (
    DemoOption,
    HomeOption,
    kind_of,
    run_child,
    running_home,
    told_plainly,
)
from ops.desk import running_desk
from ops.environments import daemon_environment
from ops.home import OpsError, open_home

keys_app = typer.Typer(help="Key files of a desk.", no_args_is_help=True)


@keys_app.command("create")
def create_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Create the key files that are missing; those that exist stay as they are."""
    with told_plainly():
        files = key_files.ensure_keys(open_home(kind_of(is_demo), home))
        typer.echo(f"{len(files.all())} key files in {files.folder}. Keep a copy elsewhere.")


@keys_app.command("list")
def list_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """List the key files and their fingerprints, never the keys."""
    with told_plainly():
        files = key_files.KeyFiles(open_home(kind_of(is_demo), home).keys)
        for path in files.all():
            shown = key_files.fingerprint(path) if path.is_file() else "missing"
            typer.echo(f"{shown:<18}{path}")


@keys_app.command("check")
def check_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Check that every key file is there and readable by its owner alone."""
    with told_plainly():
        files = key_files.KeyFiles(open_home(kind_of(is_demo), home).keys)
        key_files.check_keys(files)
        typer.echo(f"{len(files.all())} key files in {files.folder} are in order.")


@keys_app.command("rotate")
def rotate_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Seal all stored API keys for a new trading key, while the desk trades on.

    Stopped half-way, it goes on where it was. The former key is kept until it is retired.
    """
    with told_plainly(), running_desk(running_home(home, is_demo)) as desk:
        former = key_rotation.ensure_new_pair(desk.keys)
        typer.echo("Going on with a rotation." if former is None else f"Former key: {former}")
        code = run_child([sys.executable, "-m", "daemon.keys", "rotate"], daemon_environment(desk))
        if code == 0:
            typer.echo(
                "Back up the key folder now. Once no backup of the database needs the former key:"
                f" patriot keys retire {key_rotation.former(desk.keys)[0]}"
            )
        raise typer.Exit(code)


@keys_app.command("status")
def show_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Tell how many stored API keys are sealed for which trading key."""
    with told_plainly(), running_desk(running_home(home, is_demo)) as desk:
        command = [sys.executable, "-m", "daemon.keys", "status"]
        raise typer.Exit(run_child(command, daemon_environment(desk)))


@keys_app.command("retire")
def retire_key(
    identity: Annotated[str, typer.Argument(help="Name of the former key, of `keys status`.")],
    home: HomeOption = None,
    is_demo: DemoOption = False,
) -> None:
    """Destroy a former trading key; refused while any stored API key is sealed for it."""
    with told_plainly(), running_desk(running_home(home, is_demo)) as desk:
        if identity not in key_rotation.former(desk.keys):
            raise OpsError(f"There is no former key {identity} in {desk.keys.former_trading}.")
        command = [sys.executable, "-m", "daemon.keys", "retire", "--key-id", identity]
        code = run_child(command, daemon_environment(desk))
        if code == 0:
            key_rotation.destroy(desk.keys, identity)
            typer.echo(f"{identity} is destroyed.")
        raise typer.Exit(code)
