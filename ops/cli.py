"""`patriot`: one command for a desk on one machine."""

import os
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops import demo as demo_tenant
from ops import key_rotation
from ops import keys as key_files
from ops.desk import (
    WEB_PORT,
    DeskOptions,
    PaperOptions,
    Scenario,
    database,
    run_desk,
    running_desk,
)
from ops.environments import Desk, base_environment, daemon_environment
from ops.home import (
    CHECKOUT,
    DEFAULT_SEED,
    Home,
    Kind,
    OpsError,
    demo_homes,
    open_demo,
    open_home,
)
from ops.migrations import migrate as migrate_database
from ops.steps import Steps
from ops.supervisor import Stopped, is_supervised

app = typer.Typer(
    name="patriot",
    help="Run central trading strategies across many customers' own exchange accounts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(help="Key files of a desk.", no_args_is_help=True)
market_app = typer.Typer(help="Market data.", no_args_is_help=True)
audit_app = typer.Typer(help="The record of events.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.add_typer(market_app, name="market")
app.add_typer(audit_app, name="audit")

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="Folder of the desk's state; else PATRIOT_HOME, else .patriot/ in the checkout.",
    ),
]
PortOption = Annotated[int, typer.Option(help="Port of the console on 127.0.0.1.")]
DemoOption = Annotated[bool, typer.Option("--demo/--desk", help="Which desk is meant.")]
SpeedOption = Annotated[
    int | None,
    typer.Option(min=1, max=600, help="Minutes of market per minute; 60, then as it was."),
]
ReplayOption = Annotated[
    Path | None,
    typer.Option(help="File or folder of real candles instead of the fitted model.", exists=True),
]


@app.command()
def up(
    home: HomeOption = None,
    port: PortOption = WEB_PORT,
    paper: Annotated[
        bool, typer.Option("--paper", help="Also run the paper exchange, for paper accounts.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser")] = False,
) -> None:
    """Run a desk for real use; the first visit creates the administrator."""
    with _told_plainly():
        options = DeskOptions(
            home=open_home("desk", home),
            port=port,
            demo=False,
            four_eyes=os.environ.get("PATRIOT_FOUR_EYES", "on"),
            paper=PaperOptions(seed=1, speed=1, replay=None) if paper else None,
        )

        def announce(desk: Desk, steps: Steps) -> None:
            steps.say(f"\n  PATRIOT is up after {steps.elapsed_s:.0f} s: {desk.public_url}")
            steps.say("  The first visit creates the administrator. Ctrl-C stops everything.\n")
            _open_browser(desk.public_url, wanted=not no_browser)

        run_desk(options, Steps(), Scenario(announce))


@app.command()
def demo(
    home: HomeOption = None,
    port: PortOption = WEB_PORT,
    accounts: Annotated[int, typer.Option(min=1, max=2000, help="Customers' accounts.")] = 100,
    replay: ReplayOption = None,
    speed: SpeedOption = None,
    seed: Annotated[
        int, typer.Option(help="Of the market model and the customers.")
    ] = DEFAULT_SEED,
    no_browser: Annotated[bool, typer.Option("--no-browser")] = False,
) -> None:
    """Run the labelled demo desk: paper accounts that trade while you watch."""
    with _told_plainly():
        options = DeskOptions(
            home=open_demo(home, replay=replay, seed=seed),
            port=port,
            demo=True,
            four_eyes="off",
            paper=PaperOptions(seed=seed, speed=speed, replay=replay),
        )
        wanted = demo_tenant.DemoOptions(accounts=accounts, seed=seed)

        def prepare(desk: Desk, steps: Steps) -> None:
            demo_tenant.seed_tenant(desk, steps, wanted)

        def announce(desk: Desk, steps: Steps) -> None:
            steps.say(f"\n  PATRIOT demo is up after {steps.elapsed_s:.0f} s: {desk.public_url}")
            for line in demo_tenant.logins(desk.home):
                steps.say(f"  {line}")
            steps.say("  Paper money only. Ctrl-C stops everything.\n")
            _open_browser(desk.public_url, wanted=not no_browser)

        def finish(desk: Desk, steps: Steps) -> None:
            demo_tenant.seed_deployments(desk, steps, wanted)

        scenario = Scenario(announce, prepare, finish)
        run_desk(options, Steps(), scenario)


@app.command()
def migrate(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Create roles and database where missing and bring the schema up to date.

    Works on the server of DATABASE_URL, an administrator's URL, or else on the embedded one.
    """
    with _told_plainly():
        steps = Steps()
        where = open_home(_kind(is_demo), home)
        with database(where, steps) as server, steps.step("Database schema") as note:
            note(migrate_database(server))


@app.command()
def verify(home: HomeOption = None, is_demo: DemoOption = True) -> None:
    """Compare ours with the exchange, account by account, to the last digit.

    Exit code 1 and the differing rows when anything differs.
    """
    with _told_plainly(), running_desk(_running_home(home, is_demo)) as desk:
        raise typer.Exit(_run([sys.executable, "-m", "daemon.verify"], daemon_environment(desk)))


@audit_app.command("verify")
def verify_record(
    home: HomeOption = None,
    is_demo: DemoOption = True,
    anchors: Annotated[
        Path | None,
        typer.Option(help="Lines that were kept elsewhere; else the desk's own file of them."),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(help="Public checkpoint keys, also of former ones; else the desk's own."),
    ] = None,
) -> None:
    """Follow every chain and every seal of the record; exit 1 and the first bad event otherwise.

    Works beside a running desk and on a stopped one, and changes nothing.
    """
    with _told_plainly():
        where = _running_home(home, is_demo)
        files = key_files.ensure_keys(where)
        with database(where, Steps()) as server:
            command = [sys.executable, "-m", "daemon.audit"]
            command += ["--anchors", str(anchors or where.anchors / "checkpoints.jsonl")]
            for path in key or [files.checkpoint_public]:
                command += ["--key", str(path)]
            environment = base_environment(where) | {
                "PATRIOT_DATABASE_URL": server.url("patriot_auditor")
            }
            raise typer.Exit(_run(command, environment))


@keys_app.command("create")
def create_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Create the key files that are missing; those that exist stay as they are."""
    with _told_plainly():
        files = key_files.ensure_keys(open_home(_kind(is_demo), home))
        typer.echo(f"{len(files.all())} key files in {files.folder}. Keep a copy elsewhere.")


@keys_app.command("list")
def list_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """List the key files and their fingerprints, never the keys."""
    with _told_plainly():
        files = key_files.KeyFiles(open_home(_kind(is_demo), home).keys)
        for path in files.all():
            shown = key_files.fingerprint(path) if path.is_file() else "missing"
            typer.echo(f"{shown:<18}{path}")


@keys_app.command("check")
def check_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Check that every key file is there and readable by its owner alone."""
    with _told_plainly():
        files = key_files.KeyFiles(open_home(_kind(is_demo), home).keys)
        key_files.check_keys(files)
        typer.echo(f"{len(files.all())} key files in {files.folder} are in order.")


@keys_app.command("rotate")
def rotate_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Seal all stored API keys for a new trading key, while the desk trades on.

    Stopped half-way, it goes on where it was. The former key is kept until it is retired.
    """
    with _told_plainly(), running_desk(_running_home(home, is_demo)) as desk:
        former = key_rotation.ensure_new_pair(desk.keys)
        typer.echo("Going on with a rotation." if former is None else f"Former key: {former}")
        code = _run([sys.executable, "-m", "daemon.keys", "rotate"], daemon_environment(desk))
        if code == 0:
            typer.echo(
                "Back up the key folder now. Once no backup of the database needs the former key:"
                f" patriot keys retire {key_rotation.former(desk.keys)[0]}"
            )
        raise typer.Exit(code)


@keys_app.command("status")
def show_keys(home: HomeOption = None, is_demo: DemoOption = False) -> None:
    """Tell how many stored API keys are sealed for which trading key."""
    with _told_plainly(), running_desk(_running_home(home, is_demo)) as desk:
        command = [sys.executable, "-m", "daemon.keys", "status"]
        raise typer.Exit(_run(command, daemon_environment(desk)))


@keys_app.command("retire")
def retire_key(
    identity: Annotated[str, typer.Argument(help="Name of the former key, of `keys status`.")],
    home: HomeOption = None,
    is_demo: DemoOption = False,
) -> None:
    """Destroy a former trading key; refused while any stored API key is sealed for it."""
    with _told_plainly(), running_desk(_running_home(home, is_demo)) as desk:
        if identity not in key_rotation.former(desk.keys):
            raise OpsError(f"There is no former key {identity} in {desk.keys.former_trading}.")
        command = [sys.executable, "-m", "daemon.keys", "retire", "--key-id", identity]
        code = _run(command, daemon_environment(desk))
        if code == 0:
            key_rotation.destroy(desk.keys, identity)
            typer.echo(f"{identity} is destroyed.")
        raise typer.Exit(code)


@market_app.command("fetch")
def fetch(
    exchange: Annotated[str, typer.Option(help="binance or bybit.")] = "binance",
    symbols: Annotated[str, typer.Option(help="Comma-separated.")] = "BTCUSDT,ETHUSDT",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=400)] = 30,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = CHECKOUT / "market",
) -> None:
    """Fetch real 1-minute candles from an exchange's public endpoint, for --replay."""
    command = [sys.executable, "-m", "daemon.market.fetch"]
    command += ["--exchange", exchange, "--symbols", symbols, "--days", str(days)]
    command += ["--out", str(out)]
    if since is not None:
        command += ["--since", since.date().isoformat()]
    with _told_plainly():
        raise typer.Exit(_run(command, base_environment(Home(CHECKOUT / ".patriot"))))


def _run(command: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(command, env=environment, cwd=CHECKOUT, check=False).returncode


def _running_home(home: Path | None, is_demo: bool) -> Home:
    """Return the home meant, or the one demo that runs now."""
    if home is None and is_demo and "PATRIOT_HOME" not in os.environ:
        running = [one for one in demo_homes() if is_supervised(one)]
        if len(running) == 1:
            return running[0]
    return open_home(_kind(is_demo), home)


def _kind(is_demo: bool) -> Kind:
    return "demo" if is_demo else "desk"


def _open_browser(url: str, *, wanted: bool) -> None:
    has_screen = sys.platform == "darwin" or "DISPLAY" in os.environ
    if wanted and sys.stdout.isatty() and has_screen:
        webbrowser.open(url)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what stands in the way into one message and an exit code."""
    try:
        yield
    except OpsError as problem:
        typer.echo(f"\npatriot: {problem}", err=True)
        raise typer.Exit(1) from None
    except (Stopped, KeyboardInterrupt):
        typer.echo("\n  Stopped; nothing is left running.")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
