"""A column of words allows in the database just the words that its enum has."""

import re
from importlib import import_module
from pkgutil import iter_modules

import psycopg
import pytest
from sqlalchemy import Enum

from patriot_app.core import schema
from patriot_app.core.schema.base import Base
from tests.database import TEMPLATE, Server

CHECKS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = CAST(%s AS regclass) AND contype = 'c'
"""
for module in iter_modules(schema.__path__, f"{schema.__name__}."):
    import_module(module.name)
COLUMNS = [
    (table.name, column.name, column.type)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Enum)
]


@pytest.mark.parametrize(
    ("table", "column", "kind"), COLUMNS, ids=[f"{table}.{column}" for table, column, _ in COLUMNS]
)
def test_the_words_that_the_database_takes_are_the_enum_s(
    server: Server, table: str, column: str, kind: Enum
) -> None:
    with psycopg.connect(server.uri, dbname=TEMPLATE) as superuser:
        found = [row[0] for row in superuser.execute(CHECKS, (table,)).fetchall()]
    about = [check for check in found if re.match(rf"CHECK \(\(+{column}\)?::text = ANY", check)]
    allowed = [set(re.findall(r"'([^']*)'", check)) for check in about]
    assert set(kind.enums) in allowed, found
