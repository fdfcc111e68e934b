"""The process of one deployment's strategy: reads questions, answers them, and nothing else.

It has no key, no database address and no environment but the path to its code. What it may use of
the machine is limited before it loads a strategy; time is watched by its parent, who kills it.
"""

import argparse
import ctypes
import importlib
import resource
import signal
import sys
from collections.abc import Mapping
from typing import BinaryIO

from daemon.strategies.questions import Answer, read_question, write_answer
from patriot_app.core.errors import PatriotError
from patriot_app.core.strategies.contract import Strategy

READY = b"ready\n"
ERROR_LENGTH_MAX = 500
_PR_SET_PDEATHSIG = 1
OUT_OF_MEMORY = "It needed more memory than a strategy may have"


def main() -> None:
    """Answer until the parent closes our input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--catalogue", required=True, help="module:name")
    parser.add_argument("--memory-mib", required=True, type=int)
    arguments = parser.parse_args()
    limit = arguments.memory_mib * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _die_with_parent()
    module, _, name = arguments.catalogue.partition(":")
    catalogue: Mapping[str, Strategy] = getattr(importlib.import_module(module), name)
    answers = sys.stdout.buffer
    # What a strategy prints may not be taken for an answer.
    sys.stdout = sys.stderr
    serve(sys.stdin.buffer, answers, catalogue)


def _die_with_parent() -> None:
    """See that an endless loop does not outlive a daemon that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(questions: BinaryIO, answers: BinaryIO, catalogue: Mapping[str, Strategy]) -> None:
    """Answer each line of `questions` by one of `answers`."""
    answers.write(READY)
    answers.flush()
    for line in questions:
        answers.write(write_answer(answer(line, catalogue)))
        answers.flush()


def answer(line: bytes, catalogue: Mapping[str, Strategy]) -> Answer:
    """Let a strategy decide; whatever it raises is told."""
    try:
        question = read_question(line)
        strategy = catalogue[question.kind]
        return Answer(strategy.decide(question.seen, strategy.read(question.parameters)))
    except MemoryError:
        return Answer(None, OUT_OF_MEMORY)
    except PatriotError as error:
        return Answer(None, str(error)[:ERROR_LENGTH_MAX])
    except Exception as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX])


if __name__ == "__main__":
    main()
