"""The command line reaches every switch of the Binance dialect."""

from daemon.paper_exchange.__main__ import parse_arguments
from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.binance.switches import read_switches


def test_without_switches_the_dialect_is_as_the_exchange_is() -> None:
    assert read_switches(parse_arguments([])) == BinanceOptions()


def test_every_switch_is_read() -> None:
    words = [
        "--binance-lean-ack",
        "--binance-legacy-streams",
        "--binance-testnet-errors",
        "--binance-no-retry-after",
        "--binance-no-hmac-logon",
        "--binance-weight-limit=6000",
        "--binance-engine-lag-ms=7",
    ]
    assert read_switches(parse_arguments(words)) == BinanceOptions(
        weight_limit=6000,
        lean_ack=True,
        legacy_streams=True,
        retry_after=False,
        testnet_errors=True,
        engine_lag_ms=7,
        hmac_logon=False,
    )
