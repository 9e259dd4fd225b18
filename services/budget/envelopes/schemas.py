"""What goes in and out about envelopes."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.budget.envelopes.models import BodyKind, Envelope
from shared.schemas import Input, Riel, ShortText, Year

BodyArea = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}){0,3}$")]
"""A province, district or commune; "" for a body of the whole nation."""
FundSourceCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,40}$")]


class Body(Input):
    """Who sets the money aside."""

    kind: Annotated[BodyKind, Field(examples=["administration"])]
    area_code: Annotated[BodyArea, Field(examples=["0203"], description='"" for a body of the whole nation')]
    name_km: Annotated[ShortText, Field(examples=["រដ្ឋបាលស្រុកបវេល"])]
    name_en: Annotated[ShortText, Field(examples=["Bavel district administration"])]


class EnvelopeIn(Input):
    """An envelope to be opened."""

    id: Annotated[UUID | None, Field(description="Made by the client, so that a repeated request is known")] = None
    year: Annotated[Year, Field(examples=[2027])]
    fund_source: Annotated[FundSourceCode, Field(examples=["district_fund"])]
    body: Body
    amount: Annotated[Riel, Field(gt=0, examples=[120_000_000])]


class AmountIn(Input):
    """A new amount of an envelope."""

    amount: Annotated[Riel, Field(examples=[150_000_000])]


class BodyRead(BaseModel):
    """Who set the money aside."""

    kind: BodyKind
    area_code: str
    name_km: str
    name_en: str


class EnvelopeRead(BaseModel):
    """An envelope with what is left in it, in riel."""

    id: UUID
    year: int
    fund_source: str
    body: BodyRead
    amount: int
    allocated: int
    available: int
    version: int

    @classmethod
    def of(cls, envelope: Envelope) -> Self:
        """Show a row."""
        return cls(
            id=envelope.id,
            year=envelope.year,
            fund_source=envelope.fund_source,
            body=BodyRead(
                kind=envelope.body_kind,
                area_code=envelope.area_code,
                name_km=envelope.body_name_km,
                name_en=envelope.body_name_en,
            ),
            amount=envelope.amount,
            allocated=envelope.allocated,
            available=envelope.available,
            version=envelope.version,
        )
