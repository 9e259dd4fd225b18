"""A kind's data elements: what its units tell of themselves each year."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint, text
from sqlmodel import Field

from services.registry.tables import Table

Group = Literal["performance", "budget"]
ValueType = Literal["count", "riel", "percent", "text"]
FactValue = int | float | str
"""A count or riel is whole, a percent may have decimals, a text is as it was written."""


class DataElement(Table, table=True):
    """One fact that units of a kind are asked for; it keeps its code, so that years compare."""

    __tablename__ = "data_element"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    kind: str = Field(sa_type=Text, foreign_key="unit_kind.code")
    code: str = Field(sa_type=Text)
    group: Group = Field(sa_type=Text)
    value_type: ValueType = Field(sa_type=Text)
    position: int
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    unit_km: str | None = Field(default=None, sa_type=Text)
    """What is counted, such as persons; None where the value type says it."""
    unit_en: str | None = Field(default=None, sa_type=Text)
    active: bool = True
    """Whether it is asked for; facts of the years before stay."""
    is_example: bool = False
    version: int = 1

    def set(self, said: dict[str, Any]) -> None:
        """Take over what NCDDS says now; it is no longer as it was shipped."""
        for name, value in said.items():
            setattr(self, name, value)
        self.is_example = False
        self.version += 1
