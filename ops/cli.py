"""`patriot`: one command for a desk on one machine."""

import os
import sys
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops import demo as demo_tenant
from ops import keys as key_files
from ops.command_line import (
    DemoOption,
    HomeOption,
    kind_of,
    run_child,
    running_home,
    told_plainly,
)
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
    open_demo,
    open_home,
)
from ops.key_commands import keys_app
from ops.migrations import migrate as migrate_database
from ops.steps import Steps

app = typer.Typer(
    name="patriot",
    help="Run central trading strategies across many customers' own exchange accounts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
market_app = typer.Typer(help="Market data.", no_args_is_help=True)
audit_app = typer.Typer(help="The record of events.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.add_typer(market_app, name="market")
app.add_typer(audit_app, name="audit")

PortOption = Annotated[int, typer.Option(help="Port of the console on 127.0.0.1.")]
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
    with told_plainly():
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
    with told_plainly():
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
    with told_plainly():
        steps = Steps()
        where = open_home(kind_of(is_demo), home)
        with database(where, steps) as server, steps.step("Database schema") as note:
            note(migrate_database(server))


@app.command()
def verify(home: HomeOption = None, is_demo: DemoOption = True) -> None:
    """Compare ours with the exchange, account by account, to the last digit.

    Exit code 1 and the differing rows when anything differs.
    """
    with told_plainly(), running_desk(running_home(home, is_demo)) as desk:
        raise typer.Exit(
            run_child([sys.executable, "-m", "daemon.verify"], daemon_environment(desk))
        )


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
    with told_plainly():
        where = running_home(home, is_demo)
        files = key_files.ensure_keys(where)
        with database(where, Steps()) as server:
            command = [sys.executable, "-m", "daemon.audit"]
            command += ["--anchors", str(anchors or where.anchors / "checkpoints.jsonl")]
            for path in key or [files.checkpoint_public]:
                command += ["--key", str(path)]
            environment = base_environment(where) | {
                "PATRIOT_DATABASE_URL": server.url("patriot_auditor")
            }
            raise typer.Exit(run_child(command, environment))


@app.command()
def replay(
    home: HomeOption = None,
    is_demo: DemoOption = True,
    stream: Annotated[str, typer.Option(help='Such as "desk" or "account:<id>".')] = "",
    kind: Annotated[str, typer.Option(help="Of event, see docs/events.md.")] = "",
    since: Annotated[str, typer.Option(help="From then on, such as 2026-05-04T12:00.")] = "",
    until: Annotated[str, typer.Option(help="Before then; UTC where no zone is given.")] = "",
    states: Annotated[bool, typer.Option(help="How far the read models are.")] = False,
    rebuild: Annotated[str, typer.Option(help='Make a read model anew, or "all".')] = "",
) -> None:
    """Tell the record again, or make what was derived from it anew and compare.

    Works beside a running desk and on a stopped one.
    """
    with told_plainly():
        where = running_home(home, is_demo)
        with database(where, Steps()) as server:
            command = [sys.executable, "-m", "daemon.replay"]
            for name, value in {
                "--stream": stream,
                "--kind": kind,
                "--since": since,
                "--until": until,
                "--rebuild": rebuild,
            }.items():
                command += [name, value] if value else []
            command += ["--states"] if states else []
            role = "patriot_daemon" if rebuild else "patriot_auditor"
            environment = base_environment(where) | {"PATRIOT_DATABASE_URL": server.url(role)}
            raise typer.Exit(run_child(command, environment))


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
    with told_plainly():
        raise typer.Exit(run_child(command, base_environment(Home(CHECKOUT / ".patriot"))))


def _open_browser(url: str, *, wanted: bool) -> None:
    has_screen = sys.platform == "darwin" or "DISPLAY" in os.environ
    if wanted and sys.stdout.isatty() and has_screen:
        webbrowser.open(url)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
