"""Run the paper exchange: ``python -m daemon.paper_exchange --port 9100 --home DIR``."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from daemon.paper_exchange.binance.switches import add_switches, read_switches
from daemon.paper_exchange.bybit.visibility import LAG_MS, BybitOptions
from daemon.paper_exchange.server import PaperExchange, PaperOptions

EXPLANATION: Final = """\
ports
  One port serves everything, told apart by path: Binance (/fapi, /sapi, /api, /dapi,
  /public, /market, /private, /ws-fapi/v1), Bybit (/v5), the control (/_paper) and a page
  for people (/). Clients need another base URL and nothing else; see
  docs/paper-exchange.md for ccxt, pybit and the official Binance SDK.

prices
  Without --replay a seeded model makes them: the same --seed makes the same prices for
  ever. With --replay they are recorded 1-minute candles (SYMBOL*.csv or .csv.gz with
  open_time_ms,open,high,low,close,volume), recorded frames, or a script: a CSV file that
  begins with time_ms,symbol,price (quantity and funding_rate may follow).
  At the end of a recording prices stand still and the clock says so. A home remembers its
  prices and refuses others. Around the price stands a book; what an order takes of it is
  missing for the next one, whoever sends it, and comes back within --depth-recovery-s of
  market time. The same inputs at the same market times meet the same book.

time
  Signatures, limits and keys follow the wall clock; candles, fills and funding follow the
  market clock, which runs --speed market seconds a second, stands with --paused, and is
  set by hand: POST /_paper/clock {"speed": 120}, {"paused": true} or {"step_ms": 60000}.

state
  With --home every accepted input is on disk before its answer leaves; a killed process
  goes on where it stopped, planned faults and ground truth included.

hands on
  POST /_paper/accounts opens accounts, POST /_paper/price moves a price, POST
  /_paper/faults plans what goes wrong (by command, or at random from a seed), GET
  /_paper/truth says what really happened, GET /_paper/api lists all paths. These answer
  this machine only.

examples
  python -m daemon.paper_exchange --home ~/paper
  python -m daemon.paper_exchange --port 0 --seed 11 --speed 1 --paused
  python -m daemon.paper_exchange --replay candles/ --speed 120 --home ~/replayed
"""


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m daemon.paper_exchange",
        description="Binance USDT-M and Bybit linear on paper: exact, durable, controllable.",
        epilog=EXPLANATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, default=9100, help="port to listen on, 0 for any (it is logged)"
    )
    parser.add_argument(
        "--home", type=Path, default=None, help="folder of the durable state; without it none"
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of the price model")
    parser.add_argument(
        "--speed",
        type=float,
        default=None,
        help="market seconds a second (first start: 60; later: as before)",
    )
    parser.add_argument(
        "--start",
        type=read_moment,
        default=None,
        help="first market time, ISO 8601 or the word now (with --speed 1: wall time)",
    )
    parser.add_argument("--paused", action="store_true", help="do not let market time run")
    parser.add_argument(
        "--replay",
        type=Path,
        default=None,
        help="folder or file of 1-minute candles, recorded frames, or a script of timed prices",
    )
    parser.add_argument(
        "--depth-recovery-s",
        type=read_seconds,
        default=None,
        metavar="SECONDS",
        help="market seconds until what an order took of the book is back (first start: 60; "
        "0: every order sees the whole book)",
    )
    parser.add_argument(
        "--bybit-lag-ms",
        type=int,
        default=LAG_MS,
        help=f"how long after its acknowledgement a Bybit order is seen (default: {LAG_MS})",
    )
    add_switches(parser)
    return parser.parse_args(arguments)


def read_moment(word: str) -> datetime:
    """Read a moment of the command line."""
    return datetime.now(UTC) if word == "now" else datetime.fromisoformat(word)


def read_seconds(word: str) -> int:
    """Read a whole number of seconds, at most a day."""
    seconds = int(word)
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("must be between 0 and 86400")
    return seconds


def spare_collector() -> None:
    """Let Python look for cyclic garbage rarely.

    Orders, trades and rows are kept and form no cycles; walking through all of them again and
    again would cost more than anything else once there are many.
    """
    gc.set_threshold(100_000, 50, 100)


async def run(arguments: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT, then keep the state."""
    exchange = PaperExchange(
        PaperOptions(
            home=arguments.home,
            seed=arguments.seed,
            start=arguments.start,
            speed=arguments.speed,
            paused=arguments.paused or None,
            replay=arguments.replay,
            recovery_s=arguments.depth_recovery_s,
            binance=read_switches(arguments),
            bybit=BybitOptions(acknowledgement_lag_ms=arguments.bybit_lag_ms),
        )
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    url = await exchange.start(arguments.host, arguments.port)
    logging.getLogger(__name__).info("paper exchange at %s", url)
    try:
        await stopped.wait()
    finally:
        await exchange.stop()


def main() -> int:
    """Start the process; 2 when it cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    arguments = parse_arguments()
    spare_collector()
    try:
        # A socket costs a third less on this loop than on asyncio's own.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(arguments))
    except (ValueError, OSError) as error:
        logging.getLogger(__name__).error("paper exchange cannot start: %s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
