"""Column types by meaning: money, prices, rates, aware times, enums as checked text."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import TIMESTAMP, BigInteger, Enum, Numeric, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

UtcDateTime = TIMESTAMP(timezone=True)
NUMERIC = Numeric(38, 18)

Amount = Annotated[Decimal, mapped_column(NUMERIC)]
Price = Annotated[Decimal, mapped_column(NUMERIC)]
Quantity = Annotated[Decimal, mapped_column(NUMERIC)]
Rate = Annotated[Decimal, mapped_column(Numeric(18, 12))]
Symbol = Annotated[str, mapped_column(String(32))]
Label = Annotated[str, mapped_column(String(120))]
Text = Annotated[str, mapped_column(String)]
Milliseconds = Annotated[int, mapped_column(BigInteger)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


def text_enum(kind: type[StrEnum], *, name: str) -> Enum:
    """Return a column type that stores the enum's value as text with a named CHECK.

    Args:
        name: of the constraint; one per table and column.
    """
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        name=name,
    )
