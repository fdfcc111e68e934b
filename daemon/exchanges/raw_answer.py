"""Read one HTTP/1.1 answer strictly: what is not plainly a whole answer is no answer.

An answer to an order decides about money, and a connection whose framing is in doubt could hand one
account the answer of another. So nothing is repaired here (https://www.rfc-editor.org/rfc/rfc9112,
sections 4 to 7): two lengths, a length beside chunks, folded lines, an answer that ends with its
connection, and bytes after the end are all refused, and the caller closes the connection.
"""

import re
from typing import Final

from multidict import CIMultiDict

from daemon.exchanges.transport import RawResponse

HEAD_BYTES_MAX: Final = 64 * 1024
"""Of the status line and all headers; the exchanges send 1 to 2 KB."""
CHUNK_LINE_BYTES_MAX: Final = 256
_LENGTH_DIGITS_MAX: Final = 12

_HEAD: Final = re.compile(
    r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?\r\n"
    r"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+)\r\n"
)
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e]*)?")
_WITHOUT_BODY: Final = frozenset({204, 304})
_SWITCHING_PROTOCOLS: Final = 101


class BrokenAnswer(Exception):
    """The bytes are not one whole, unambiguous answer."""


class AnswerReader:
    """Gathers the bytes of one answer.

    Attributes:
        keeps_open: another request may use the connection after this answer.
    """

    __slots__ = (
        "_body_bytes_max", "_buffer", "_chunk_left", "_headers", "_left", "_parts", "_status",
        "_total", "keeps_open",
    )  # fmt: skip

    def __init__(self, body_bytes_max: int) -> None:
        self._body_bytes_max = body_bytes_max
        self._buffer = bytearray()
        self._status = 0
        self._headers: CIMultiDict[str] = CIMultiDict()
        # Bytes of the body still to come; None while chunks say it themselves.
        self._left: int | None = 0
        self._chunk_left = 0
        self._parts: list[bytes] = []
        self._total = 0
        self.keeps_open = True

    def feed(self, data: bytes) -> RawResponse | None:
        """Take what arrived; return the answer once it is whole.

        Raises:
            BrokenAnswer: it will never be a whole, unambiguous one.
        """
        if self._status:
            return self._feed_body(data)
        if self._buffer:
            self._buffer += data
            data = bytes(self._buffer)
        while (end := data.find(b"\r\n\r\n") + 4) > 3:
            if end > HEAD_BYTES_MAX:
                break
            is_final = self._read_head(data[:end].decode("latin-1"))
            data = data[end:]
            if is_final:
                self._buffer.clear()
                return self._feed_body(data)
        if len(data) > HEAD_BYTES_MAX:
            raise BrokenAnswer(f"The head is longer than {HEAD_BYTES_MAX} bytes")
        self._buffer[:] = data
        return None

    def _read_head(self, text: str) -> bool:
        """Take a head; False for one that only announces the answer (1xx)."""
        match = _HEAD.fullmatch(text)
        if match is None:
            raise BrokenAnswer("The head is not HTTP")
        version, status, fields = match.group(1), int(match.group(2)), match.group(3)
        if status < 200:
            if status == _SWITCHING_PROTOCOLS:
                raise BrokenAnswer("The server speaks another protocol")
            return False
        headers: CIMultiDict[str] = CIMultiDict()
        for line in fields.split("\r\n")[:-1]:
            name, _, value = line.partition(":")
            headers.add(name, value.strip(" \t"))
        self._status, self._headers = status, headers
        if headers.get("Content-Encoding", "identity").lower() not in {"identity", ""}:
            raise BrokenAnswer("The body is encoded, which was not asked for")
        if version == "0" or "close" in headers.get("Connection", "").lower():
            self.keeps_open = False
        self._left = self._length(version)
        return True

    def _length(self, version: str) -> int | None:
        """Return the bytes of the body, None if it comes in chunks."""
        codings = self._headers.getall("Transfer-Encoding", ())
        lengths = self._headers.getall("Content-Length", ())
        if codings:
            if lengths or version == "0" or [c.lower() for c in codings] != ["chunked"]:
                raise BrokenAnswer("The framing of the body is ambiguous")
            return None
        if self._status in _WITHOUT_BODY:
            return 0
        if len(lengths) != 1:
            raise BrokenAnswer("The body has no length, or several")
        length = lengths[0]
        if not (length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS_MAX):
            raise BrokenAnswer("The length of the body is not a number")
        if int(length) > self._body_bytes_max:
            raise BrokenAnswer(f"The answer has {length} bytes, at most {self._body_bytes_max}")
        return int(length)

    def _feed_body(self, data: bytes) -> RawResponse | None:
        if self._left is None:
            return self._feed_chunks(data)
        if len(data) > self._left:
            raise BrokenAnswer("Bytes follow the answer")
        self._left -= len(data)
        if self._left:
            self._parts.append(data)
            return None
        return self._whole(b"".join((*self._parts, data)) if self._parts else data)

    def _feed_chunks(self, data: bytes) -> RawResponse | None:
        buffer = self._buffer
        buffer += data
        while True:
            if self._chunk_left:
                # The chunk's data with the line end that follows it.
                if len(buffer) < self._chunk_left:
                    return None
                if buffer[self._chunk_left - 2 : self._chunk_left] != b"\r\n":
                    raise BrokenAnswer("A chunk is longer than it says")
                self._parts.append(bytes(buffer[: self._chunk_left - 2]))
                del buffer[: self._chunk_left]
                self._chunk_left = 0
            end = buffer.find(b"\r\n")
            if end < 0 or end > CHUNK_LINE_BYTES_MAX:
                if len(buffer) > CHUNK_LINE_BYTES_MAX:
                    raise BrokenAnswer("The size of a chunk is missing")
                return None
            match = _CHUNK.fullmatch(buffer, 0, end)
            if match is None:
                raise BrokenAnswer("The size of a chunk is not a number")
            size = int(match.group(1), 16)
            if size == 0:
                return self._feed_trailers(end + 2)
            self._total += size
            if self._total > self._body_bytes_max:
                raise BrokenAnswer(f"The answer is longer than {self._body_bytes_max} bytes")
            del buffer[: end + 2]
            self._chunk_left = size + 2

    def _feed_trailers(self, start: int) -> RawResponse | None:
        """Pass over the lines after the last chunk; the buffer still begins with its size."""
        buffer = self._buffer
        while (end := buffer.find(b"\r\n", start)) >= 0:
            if end == start:
                if len(buffer) > end + 2:
                    raise BrokenAnswer("Bytes follow the answer")
                return self._whole(b"".join(self._parts))
            if _TRAILER.fullmatch(buffer, start, end) is None:
                raise BrokenAnswer("A trailer is not HTTP")
            start = end + 2
        if len(buffer) > HEAD_BYTES_MAX:
            raise BrokenAnswer("The trailers do not end")
        return None

    def _whole(self, body: bytes) -> RawResponse:
        return RawResponse(status=self._status, headers=self._headers, body=body)
