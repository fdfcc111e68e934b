"""Long texts are cut between lines, so that Telegram takes what is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.telegram.lengths import CAPTION_MAX, TEXT_MAX, cut, length
from tests.bot_api.markup import plain_text


def test_a_short_text_stays_as_it_is() -> None:
    assert cut("<b>Hello</b>", TEXT_MAX) == "<b>Hello</b>"


def test_a_long_text_ends_with_a_whole_line_and_an_ellipsis() -> None:
    told = cut("\n".join(f"<b>{number}</b>" for number in range(2_000)), TEXT_MAX)
    assert length(told) <= TEXT_MAX
    assert told.endswith("</b>\n…")


def test_a_cut_table_is_closed() -> None:
    told = cut("<pre>" + "\n".join("x" * 30 for _ in range(400)) + "</pre>", TEXT_MAX)
    assert told.endswith("</pre>\n…")


@pytest.mark.parametrize("most", [CAPTION_MAX, TEXT_MAX])
@given(
    lines=st.lists(
        st.sampled_from(["<b>a</b>", "&amp;" * 400, "🙂" * 700, "x" * 5_000]), max_size=12
    )
)
def test_what_is_left_is_always_taken(most: int, lines: list[str]) -> None:
    told = cut("\n".join(lines), most)
    assert length(told) <= most
    plain_text(told)
