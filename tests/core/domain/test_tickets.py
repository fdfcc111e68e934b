"""What may stand in a question, and how its states follow each other."""

import pytest

from patriot_app.core.domain.tickets import (
    BODY_LENGTH_MAX,
    CONTEXT_LENGTH_MAX,
    SUBJECT_LENGTH_MAX,
    TRANSITIONS,
    TicketState,
    checked_body,
    checked_context,
    checked_subject,
    subject_from,
)
from patriot_app.core.errors import Invalid


@pytest.mark.parametrize("text", ["", "   \n", "a" * (BODY_LENGTH_MAX + 1)])
def test_an_empty_or_endless_message_names_its_field(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_body(text)

    assert set(caught.value.fields) == {"body"}


@pytest.mark.parametrize(
    "text", ["my password: hunter2hunter2", "api key = AbCd1234EfGh5678IjKl9012", "123456"]
)
def test_a_secret_is_not_taken_in(text: str) -> None:
    with pytest.raises(Invalid, match="looks like"):
        checked_body(text)
    with pytest.raises(Invalid, match="looks like"):
        checked_subject(text)


def test_markup_is_kept_as_it_was_written_and_control_characters_go() -> None:
    assert checked_body("<b>hi</b>\r\nwell\x1b[31m\u202e!") == "<b>hi</b>\nwell[31m!"


def test_a_subject_is_one_line_and_not_too_long() -> None:
    assert checked_subject(" Where \n is my fee ") == "Where is my fee"
    assert len(subject_from("why " * 200)) == SUBJECT_LENGTH_MAX


def test_of_the_talk_before_only_the_end_is_kept_and_no_secret() -> None:
    told = checked_context("first\n" * 1000 + "token: abcdefgh12345678\nlast")

    assert len(told) <= CONTEXT_LENGTH_MAX
    assert told.endswith("last")
    assert "token" not in told


def test_whoever_writes_again_opens_what_was_settled() -> None:
    for state in (TicketState.ANSWERED, TicketState.CLOSED):
        assert TicketState.OPEN in TRANSITIONS[state]
    assert TicketState.ANSWERED not in TRANSITIONS[TicketState.CLOSED]
