"""What clients read of areas."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.registry.areas.models import Area
from shared.areas import Level


class AreaRead(BaseModel):
    """An area of the gazetteer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "code": "020201",
                    "level": "commune",
                    "parent_code": "0202",
                    "name_km": "តាពូង",
                    "name_en": "Ta Pung",
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    code: str
    level: Level
    parent_code: str | None
    name_km: str
    name_en: str
    version: int

    @classmethod
    def of(cls, area: Area) -> Self:
        """Show an area."""
        return cls(
            id=area.id,
            code=area.code,
            level=area.level,
            parent_code=area.parent_code,
            name_km=area.name_km,
            name_en=area.name_en,
            version=area.version,
        )
