"""The dialect's switches on the command line."""

from __future__ import annotations

import argparse

from daemon.paper_exchange.binance.call import BinanceOptions


def add_switches(parser: argparse.ArgumentParser) -> None:
    """Add the switches to a command line."""
    group = parser.add_argument_group("Binance")
    group.add_argument(
        "--binance-lean-ack",
        action="store_true",
        help="acknowledge orders without avgPrice, cumQuote and pair, as since July 2026",
    )
    group.add_argument(
        "--binance-legacy-streams",
        action="store_true",
        help="serve the retired stream paths /ws and /stream, which are silent otherwise",
    )
    group.add_argument(
        "--binance-testnet-errors",
        action="store_true",
        help="answer unknown paths with -5000 as JSON, as the test network does",
    )
    group.add_argument(
        "--binance-no-retry-after",
        action="store_true",
        help="send 429 and 418 without Retry-After; a ban's end is then in its text alone",
    )
    group.add_argument(
        "--binance-no-hmac-logon",
        action="store_true",
        help="refuse session.logon by HMAC keys with -4056, as the exchange does",
    )
    group.add_argument(
        "--binance-weight-limit",
        type=int,
        default=BinanceOptions().weight_limit,
        help="request weight of one address and minute (default: %(default)s)",
    )
    group.add_argument(
        "--binance-engine-lag-ms",
        type=int,
        default=0,
        help="how old an order is when the matching engine checks its recvWindow (-5028)",
    )


def read_switches(arguments: argparse.Namespace) -> BinanceOptions:
    """Read the switches from a parsed command line."""
    return BinanceOptions(
        weight_limit=arguments.binance_weight_limit,
        lean_ack=arguments.binance_lean_ack,
        legacy_streams=arguments.binance_legacy_streams,
        retry_after=not arguments.binance_no_retry_after,
        testnet_errors=arguments.binance_testnet_errors,
        engine_lag_ms=arguments.binance_engine_lag_ms,
        hmac_logon=not arguments.binance_no_hmac_logon,
    )
