"""How well are plain words understood, how fast, and what does it weigh?

Judged on sentences that nothing was learnt from (tests/daemon/plain_words/held_out), as a member of
the staff, for whom every meaning is possible. "Wrong and sure" are those that were taken for
something else; the rest of the misses were answered with a question.
"""

import resource
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from daemon.plain_words.intents import Intent  # noqa: E402
from daemon.plain_words.recogniser import (  # noqa: E402
    LANGUAGES,
    classifier,
    examples,
    understand,
)

HELD_OUT = ROOT / "tests/daemon/plain_words/held_out"
TODAY = date(2026, 11, 20)
ROUNDS = 5


def main() -> None:
    """Print one row for each language, then weight and speed."""
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began_s = time.process_time()
    features = len(classifier().rows)
    learnt_s = time.process_time() - began_s
    print("| language | sentences | right | offered among three | wrong and sure |")
    print("|---|---|---|---|---|")
    for language in LANGUAGES:
        print(_row(language))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{len(examples())} sentences, {features} features, {learnt_s:.1f} s CPU to learn")
    print(f"peak {peak_mb:.0f} MB, of which {before_mb:.0f} MB before learning")
    print(f"{_milliseconds():.2f} ms CPU for one message")


def _row(language: str) -> str:
    sentences = _sentences(language)
    right = offered = wrong = 0
    for intent, sentence in sentences:
        found = understand(sentence, today=TODAY, is_staff=True)
        right += found.intent is intent
        offered += found.intent is intent or intent in found.guesses
        wrong += found.intent not in (intent, Intent.NONE)
    count = len(sentences)
    return f"| {language} | {count} | {right / count:.1%} | {offered / count:.1%} | {wrong / count:.1%} |"


def _sentences(language: str) -> list[tuple[Intent, str]]:
    lines = (HELD_OUT / f"{language}.tsv").read_text("utf-8").splitlines()
    return [(Intent(label), told) for label, told in (line.split("\t") for line in lines)]


def _milliseconds() -> float:
    told = [sentence for language in LANGUAGES for _, sentence in _sentences(language)]
    began_s = time.process_time()
    for _ in range(ROUNDS):
        for sentence in told:
            understand(sentence, today=TODAY)
    return (time.process_time() - began_s) * 1000 / (ROUNDS * len(told))


if __name__ == "__main__":
    main()
