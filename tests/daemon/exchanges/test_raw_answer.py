"""Only a whole and unambiguous answer is an answer, however it is cut on its way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.exchanges.raw_answer import HEAD_BYTES_MAX, AnswerReader, BrokenAnswer
from daemon.exchanges.transport import RawResponse

OK = b"HTTP/1.1 200 OK\r\n"
PLAIN = OK + b"Content-Length: 8\r\nX-A: b\r\n\r\n" + b'{"a": 1}'
CHUNKED = (
    OK + b"transfer-encoding: Chunked\r\n\r\n"
    b'3\r\n{"a\r\n5;q=1\r\n": 1}\r\n000\r\nServer-Timing: x\r\n\r\n'
)
ANNOUNCED = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + PLAIN


def read(*pieces: bytes, body_bytes_max: int = 1_000) -> RawResponse | None:
    reader = AnswerReader(body_bytes_max)
    response = None
    for piece in pieces:
        assert response is None
        response = reader.feed(piece)
    return response


@given(
    raw=st.sampled_from([PLAIN, CHUNKED, ANNOUNCED]),
    cuts=st.lists(st.integers(min_value=1, max_value=150), max_size=6),
)
def test_where_an_answer_is_cut_does_not_matter(raw: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    response = read(*(raw[a:b] for a, b in pairwise(places)))
    assert response is not None
    assert (response.status, response.body) == (200, b'{"a": 1}')


@given(raw=st.sampled_from([PLAIN, CHUNKED, ANNOUNCED]), share=st.floats(0, 1))
def test_a_part_of_an_answer_is_none(raw: bytes, share: float) -> None:
    assert read(raw[: int((len(raw) - 1) * share)]) is None


@given(raw=st.binary(max_size=200))
def test_noise_is_refused_or_waited_on_but_never_an_error_of_ours(raw: bytes) -> None:
    try:
        assert read(OK + raw) is None
    except BrokenAnswer:
        return


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        OK + b"\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 2, 2\r\n\r\n{}",
        OK + b"Content-Length: +2\r\n\r\n{}",
        OK + b"Content-Length: \xb2\r\n\r\n{}",
        OK + b"Content-Length: 9999999999999\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 300,
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"X-A: b\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"X-A : b\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"X-A: b\nContent-Length: 2\r\n\r\n{}",
        OK + b"X-A: \x00\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n",
        OK + b"X-A: " + b"b" * HEAD_BYTES_MAX,
        OK + b"X-A: " + b"b" * HEAD_BYTES_MAX + b"\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_not_plainly_one_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read(raw)


def test_a_long_body_is_refused_however_it_is_framed() -> None:
    with pytest.raises(BrokenAnswer, match="11 bytes"):
        read(OK + b"Content-Length: 11\r\n\r\n", body_bytes_max=10)
    chunks = OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n"
    with pytest.raises(BrokenAnswer, match="10 bytes"):
        read(chunks, body_bytes_max=10)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_never_has_a_body_needs_no_length(status: int) -> None:
    response = read(b"HTTP/1.1 %d\r\n\r\n" % status)
    assert response is not None
    assert response.body == b""


@pytest.mark.parametrize(
    ("raw", "keeps_open"),
    [
        (PLAIN, True),
        (PLAIN.replace(b"X-A: b", b"Connection: Close"), False),
        (PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"), False),
    ],
)
def test_an_answer_says_whether_its_connection_stays(raw: bytes, keeps_open: bool) -> None:
    reader = AnswerReader(1_000)
    assert reader.feed(raw) is not None
    assert reader.keeps_open is keeps_open
