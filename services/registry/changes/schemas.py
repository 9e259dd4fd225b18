"""What the feed answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ChangeRead(BaseModel):
    """An entity as it is now, or gone from the area: drop it from the copy."""

    kind: str = Field(examples=["unit"])
    id: str
    gone: bool = False
    data: dict[str, Any] | None = Field(description="As the API shows it; null when gone")


class ChangesRead(BaseModel):
    """Part of the feed. Keep `since` and send it next time; while `more` is true, ask again at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "kind": "area",
                            "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                            "gone": False,
                            "data": {"code": "020201", "level": "commune", "name_en": "Ta Pung"},
                        },
                        {"kind": "unit", "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b21", "gone": True, "data": None},
                    ],
                    "since": "5f2c9e01-16034",
                    "more": False,
                }
            ]
        }
    )

    items: list[ChangeRead]
    since: str
    more: bool
