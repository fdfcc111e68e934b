"""A run of denials is counted, and ends when the key is let in."""

from daemon.exchanges.denials import Denials
from tests.daemon.exchanges.builders import make_session

KEPT_OUT = "-2015"


def test_denials_in_a_row_are_counted() -> None:
    denials, session = Denials(), make_session()
    for _ in range(3):
        denials.keep_out(session, KEPT_OUT)
    (run,) = denials.at_least(3)
    assert (run.session, run.code, run.times) == (session, KEPT_OUT, 3)
    assert denials.at_least(4) == []


def test_an_answer_that_lets_the_key_in_ends_the_run() -> None:
    denials, session = Denials(), make_session()
    denials.keep_out(session, KEPT_OUT)
    denials.let_in(session)
    denials.keep_out(session, KEPT_OUT)
    assert denials.at_least(2) == []


def test_refusals_that_say_nothing_of_the_key_count_nothing_and_end_nothing() -> None:
    denials, session = Denials(), make_session()
    denials.keep_out(session, KEPT_OUT)
    denials.keep_out(session, "-2019")
    denials.keep_out(session, "None")
    denials.keep_out(session, KEPT_OUT)
    assert len(denials.at_least(2)) == 1


def test_a_new_key_of_the_account_begins_its_own_run() -> None:
    denials, former = Denials(), make_session()
    new = make_session(account_id=former.account_id, api_key="another")
    denials.keep_out(former, KEPT_OUT)
    denials.keep_out(new, KEPT_OUT)
    assert denials.at_least(2) == []
