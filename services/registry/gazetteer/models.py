"""Which list of areas is loaded, and what was found odd in it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, DateTime, Text, func
from sqlmodel import Field

from services.registry.tables import Table

FindingKind = Literal["repeated_village_code", "village_off_commune", "missing_commune"]


class Gazetteer(Table, table=True):
    """An edition of the official list that was loaded."""

    edition: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    loaded_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )


class Finding(Table, table=True):
    """Something in an edition that an administration should look at; the list is loaded as it is."""

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    edition: str = Field(foreign_key="gazetteer.edition", sa_type=Text)
    kind: FindingKind = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    detail_en: str = Field(sa_type=Text)
    detail_km: str = Field(sa_type=Text)
