"""What is kept of boundaries and points."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, LargeBinary, Text, func
from sqlmodel import Field

from services.registry.tables import Table
from shared.areas import Level

Shape = Literal["boundary", "point"]
MatchBy = Literal["code", "name"]


class MapLayer(Table, table=True):
    """The boundaries or points of a level: where they come from, and the document that clients read."""

    __tablename__ = "map_layer"

    shape: Shape = Field(primary_key=True, sa_type=Text)
    level: Level = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    licence: str = Field(sa_type=Text)
    derived: bool
    """Points that were found inside the boundaries, not given."""
    imported_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    position: int = Field(sa_type=BigInteger)
    """The change feed's number up to which the document knows the areas."""
    etag: str = Field(sa_type=Text)
    features: int
    size: int
    """The document's size before compression."""
    document: bytes = Field(sa_type=LargeBinary)
    """gzip."""


class AreaShape(Table, table=True):
    """An area's boundary or point: GeoJSON geometries as given and as the web shows them."""

    __tablename__ = "area_shape"
    __table_args__: ClassVar[Any] = (
        ForeignKeyConstraint(["shape", "level"], ["map_layer.shape", "map_layer.level"], ondelete="CASCADE"),
    )

    shape: Shape = Field(primary_key=True, sa_type=Text)
    level: Level = Field(primary_key=True, sa_type=Text)
    area_id: UUID = Field(primary_key=True, foreign_key="area.id", index=True)
    original: str | None = Field(default=None, sa_type=Text)
    web: str = Field(sa_type=Text)
