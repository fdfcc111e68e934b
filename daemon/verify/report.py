"""The comparison as a table for people."""

from collections.abc import Sequence

from daemon.verify.compare import Comparison

KINDS = ("orders", "fills", "positions", "ledger")
DIFFERENCES_SHOWN_MAX = 200


def render(comparisons: Sequence[Comparison]) -> str:
    """Return one line per account, a total, and every row that does not tie."""
    if not comparisons:
        return "There is no account with a verified key: nothing to compare."
    width = max(len("account"), *(len(one.account) for one in comparisons))
    head = "  ".join(f"{kind:>9}" for kind in (*KINDS, "behind"))
    lines = [f"{'account':<{width}}  {head}  wallet  result"]
    for one in comparisons:
        lines.append(_line(one.account, width, _counts(one), one))
    total = [sum(_counts(one)[n] for one in comparisons) for n in range(len(KINDS) + 1)]
    failed = [one for one in comparisons if one.differences]
    lines.append("-" * len(lines[0]))
    numbers = "  ".join(f"{number:>9}" for number in total)
    verdict = f"{len(failed)} differ" if failed else "all tie"
    lines.append(f"{f'{len(comparisons)} accounts':<{width}}  {numbers}          {verdict}")
    lines += _differences(failed)
    return "\n".join(lines)


def _counts(one: Comparison) -> list[int]:
    return [*(one.counts[kind] for kind in KINDS), one.behind]


def _line(name: str, width: int, counts: list[int], one: Comparison) -> str:
    numbers = "  ".join(f"{number:>9}" for number in counts)
    wallet = "differs" if any(row.kind == "wallet" for row in one.differences) else "ties"
    result = f"{len(one.differences)} differ" if one.differences else "ok"
    return f"{name:<{width}}  {numbers}  {wallet:<7} {result}"


def _differences(failed: Sequence[Comparison]) -> list[str]:
    rows = [
        f"  {one.account}: {row.kind} {row.key}: ours {row.ours}; exchange {row.theirs}"
        for one in failed
        for row in one.differences
    ]
    if not rows:
        return []
    shown = rows[:DIFFERENCES_SHOWN_MAX]
    hidden = len(rows) - len(shown)
    return ["", "Rows that do not tie:", *shown, *([f"  … and {hidden} more"] if hidden else [])]
