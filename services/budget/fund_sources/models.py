"""Fund sources."""

from sqlalchemy import Text
from sqlmodel import Field

from services.budget.tables import Table


class FundSource(Table, table=True):
    """Where money comes from; the nine of the national strategy ship with the first migration."""

    __tablename__ = "fund_source"

    code: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(unique=True)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    detail_km: str = Field(sa_type=Text)
    detail_en: str = Field(sa_type=Text)
