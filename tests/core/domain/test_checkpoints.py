"""A checkpoint binds all streams into one root, and its line says exactly what was signed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from patriot_app.core.domain.checkpoints import NO_ROOT, Checkpoint, Head, from_line, root_after
from patriot_app.core.errors import Invalid

heads = some.lists(
    some.builds(
        Head,
        stream=some.text(min_size=1, max_size=20),
        sequence=some.integers(min_value=1, max_value=2**60),
        hash=some.binary(min_size=32, max_size=32),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda head: head.stream,
)


def checkpoint(**changed: object) -> Checkpoint:
    facts: dict[str, object] = {
        "number": 7,
        "sealed_at": datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC),
        "events": 99,
        "previous": NO_ROOT,
        "root": bytes(range(32)),
        "key_id": "0123456789abcdef",
        "signature": b"s" * 64,
    }
    return Checkpoint(**{**facts, **changed})  # type: ignore[arg-type]


def test_the_root_of_one_stream_is_a_known_answer() -> None:
    """SHA-256 of 32 zero bytes and [["desk",1,"aa"]], worked with another tool."""
    assert root_after(NO_ROOT, [Head("desk", 1, b"\xaa")]).hex() == (
        "ac743703211c0777a04083271d24825fdabf29ff2083c64ca8145c9f40f5a7f7"
    )


@given(heads)
def test_the_order_in_which_streams_are_told_does_not_matter(
    moved: list[Head],
) -> None:
    shuffled = sorted(moved, key=lambda head: head.hash)
    assert root_after(NO_ROOT, moved) == root_after(NO_ROOT, shuffled)


@given(heads, some.data())
def test_whatever_is_changed_changes_the_root(moved: list[Head], data: some.DataObject) -> None:
    root = root_after(NO_ROOT, moved)
    place = data.draw(some.integers(0, len(moved) - 1))
    old = moved[place]
    others = [*moved[:place], *moved[place + 1 :]]
    assert root_after(NO_ROOT, others) != root
    assert root_after(NO_ROOT, [*others, Head(old.stream, old.sequence + 1, old.hash)]) != root
    assert root_after(NO_ROOT, [*others, Head(old.stream, old.sequence, old.hash[1:])]) != root
    assert root_after(root, moved) != root


def test_a_line_is_read_back_as_it_was() -> None:
    sealed = checkpoint()
    assert from_line(sealed.to_line()) == sealed


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 8},
        {"events": 98},
        {"root": NO_ROOT},
        {"previous": b"x" * 32},
        {"key_id": "other"},
    ],
)
def test_everything_but_the_signature_is_signed(changed: dict[str, object]) -> None:
    assert checkpoint(**changed).statement() != checkpoint().statement()
    assert checkpoint(signature=b"").statement() == checkpoint().statement()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[1]",
        "null",
        checkpoint().to_line()[:-5],
        checkpoint().to_line().replace("+00:00", ""),
        checkpoint().to_line().replace("7", '"seven"', 1),
    ],
)
def test_a_line_that_is_not_ours_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="line: is no checkpoint of this desk"):
        from_line(line)
