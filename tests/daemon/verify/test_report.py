"""The table for people: one line an account, a total, and the rows that do not tie."""

from daemon.verify.compare import Comparison, Difference
from daemon.verify.report import DIFFERENCES_SHOWN_MAX, render

COUNTS = {"orders": 4, "fills": 3, "positions": 1, "ledger": 8}
FILL = Difference("fill", "BTCUSDT/77", "price=2", "price=1")
WALLET = Difference("wallet", "USDT", "99", "100")


def make(account: str, *differences: Difference) -> Comparison:
    return Comparison(account=account, counts=COUNTS, behind=2, differences=differences)


def test_accounts_that_tie_are_summed_up() -> None:
    lines = render([make("Ada, Binance"), make("Grace, Bybit")]).splitlines()
    assert lines[1].split() == ["Ada,", "Binance", "4", "3", "1", "8", "2", "ties", "ok"]
    assert lines[-1].split() == ["2", "accounts", "8", "6", "2", "16", "4", "all", "tie"]


def test_a_row_that_does_not_tie_is_named_with_both_sides() -> None:
    table = render([make("Ada, Binance", FILL), make("Grace, Bybit")])
    assert "1 differ" in table
    assert "Ada, Binance: fill BTCUSDT/77: ours price=2; exchange price=1" in table
    assert table.count("differs") == 0


def test_a_wallet_that_differs_is_marked_in_its_column() -> None:
    assert "differs 1 differ" in render([make("Ada, Binance", WALLET)])


def test_a_flood_of_differences_is_cut_and_says_so() -> None:
    table = render([make("Ada, Binance", *[FILL] * (DIFFERENCES_SHOWN_MAX + 3))])
    assert "… and 3 more" in table


def test_nothing_to_compare_is_said() -> None:
    assert "nothing to compare" in render([])
