"""What a phone sends when it has signal again, and what it hears."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.scorecard.ballots.schemas import MAXIMUM_BATCH
from shared.schemas import Input

MAXIMUM_ASKED = 1_000

Kind = Literal["ballot", "tally", "meeting", "proposal", "comment"]
Standing = Literal["counted", "kept", "late", "withdrawn", "replaced"]


class SyncIn(Input):
    """Records of a facilitator's phone; each is judged on its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "records": [
                        {
                            "kind": "ballot",
                            "id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                            "round_id": "019ab2c4-0000-7c3a-9a51-0f4d2a6c1b20",
                            "unit_code": "HC-020103-1",
                            "scores": [4, 3, 5, 4, None, 2, 3, 4, 4, 5],
                            "sex": "female",
                        },
                        {
                            "kind": "comment",
                            "id": "019ab2c4-7d1e-7c3a-9a51-0f4d2a6c1b20",
                            "round_id": "019ab2c4-0000-7c3a-9a51-0f4d2a6c1b20",
                            "unit_code": "HC-020103-1",
                            "text": "បុគ្គលិករួសរាយ ប៉ុន្តែត្រូវរង់ចាំយូរ។",
                        },
                    ]
                }
            ]
        }
    )

    records: Annotated[
        list[Any],
        Field(
            min_length=1,
            max_length=MAXIMUM_BATCH,
            description="Each with its `kind` beside the fields that the kind's own endpoint takes",
            json_schema_extra={
                "items": {
                    "type": "object",
                    "required": ["kind", "id"],
                    "properties": {
                        "kind": {"enum": ["ballot", "tally", "meeting", "proposal", "comment"]},
                        "id": {"type": "string", "format": "uuid"},
                    },
                }
            },
        ),
    ]


class SyncItem(BaseModel):
    """What became of one record."""

    id: UUID | None = Field(description="null when the record's id could not be read")
    kind: Kind | None = Field(description="null when the record's kind could not be read")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    counted: bool | None = Field(
        default=None, description="false: stored, but too late to be counted; null: a kind that is not counted"
    )
    code: str | None = Field(default=None, description="late, withdrawn, or why it was not taken")
    pointer: str | None = Field(default=None, description="The field that was wrong, within the record")
    detail: str | None = None


class SyncReceipt(BaseModel):
    """What became of all; items stand in the order in which they were sent."""

    accepted: int
    duplicate: int
    conflict: int
    rejected: int
    late: int = Field(description="How many of the accepted ones and duplicates came too late to be counted")
    items: list[SyncItem]


class HeldIn(Input):
    """Ids of records that a phone has sent, or is not sure to have sent."""

    ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=MAXIMUM_ASKED, examples=[["019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20"]]),
    ]


class HeldRecord(BaseModel):
    """A record that is stored here for good."""

    id: UUID
    kind: Kind
    standing: Standing = Field(
        description="kept: it is of a kind that is not counted; replaced: its phone sent a later ballot in its place"
    )


class HeldRead(BaseModel):
    """Which records are held; the others are to be sent (again)."""

    held: list[HeldRecord]
    missing: list[UUID]
