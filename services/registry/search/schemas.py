"""What a search answers."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.areas.models import AreaStatus
from shared.areas import Level

Match = Literal["code", "name", "beginning", "word", "inside", "former"]
MATCHES: tuple[Match, ...] = ("code", "name", "beginning", "word", "inside", "former")


class Above(BaseModel):
    """An area that the found one lies in."""

    code: str = Field(examples=["0202"])
    level: Level
    name_km: str = Field(examples=["ថ្មគោល"])
    name_en: str = Field(examples=["Thma Koul"])


class Hit(BaseModel):
    """An area that was found, with what it lies in, from next above to the province: 40 villages are called Thmei."""

    id: UUID
    code: str
    level: Level
    parent_code: str | None
    name_km: str
    name_en: str
    status: AreaStatus
    match: Match = Field(
        description="What was found: the whole code, the whole name, the beginning of name or code, the beginning of a "
        "word, a part inside the name, or a name or code that it bore formerly"
    )
    path: list[Above]


class SearchRead(BaseModel):
    """The best finds first; `more` when there are others below them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                            "code": "020201",
                            "level": "commune",
                            "parent_code": "0202",
                            "name_km": "តាពូង",
                            "name_en": "Ta Pung",
                            "status": "open",
                            "match": "name",
                            "path": [
                                {"code": "0202", "level": "district", "name_km": "ថ្មគោល", "name_en": "Thma Koul"},
                                {"code": "02", "level": "province", "name_km": "បាត់ដំបង", "name_en": "Battambang"},
                            ],
                        }
                    ],
                    "more": False,
                }
            ]
        }
    )

    items: list[Hit]
    more: bool
