"""The declarative base and what every table has."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from patriot_app.core.ids import new_id
from patriot_app.core.schema.columns import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table; constraints carry names so that migrations and errors can speak of them."""

    metadata = MetaData(naming_convention=NAMING)


RowId = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]


class CreatedAt:
    """Wall time of the insert, by the database."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
