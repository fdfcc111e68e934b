"""One archive: each file with its digest, the same bytes for the same books."""

import io
import zipfile
from hashlib import sha256

from patriot_app.api.regulatory_export import packed

FILES = {"invoices.csv": "number\r\n2026-00001\r\n", "journal.csv": "entry,amount\r\n"}


def test_each_file_lies_in_the_archive_with_its_digest() -> None:
    archive = zipfile.ZipFile(io.BytesIO(packed(FILES)))
    assert archive.namelist() == [*FILES, "SHA256SUMS"]
    told = dict(
        reversed(line.split("  "))
        for line in archive.read("SHA256SUMS").decode().split("\n")
        if line
    )
    assert told == {name: sha256(archive.read(name)).hexdigest() for name in FILES}


def test_the_same_books_make_the_same_bytes() -> None:
    assert packed(FILES) == packed(dict(FILES))
