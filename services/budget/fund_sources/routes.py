"""Reading the fund sources."""

from typing import Annotated, Self

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import col

from services.budget.fund_sources.models import FundSource
from shared.db import Transaction
from shared.paging import Page
from shared.routing import Router

router = Router(prefix="/fund-sources", tags=["fund sources"])


class FundSourceRead(BaseModel):
    """A source of funds."""

    code: Annotated[str, Field(examples=["commune_fund"])]
    name_km: str
    name_en: str
    detail_km: Annotated[str, Field(description="The budget lines it draws on")]
    detail_en: Annotated[str, Field(description="The budget lines it draws on")]

    @classmethod
    def of(cls, source: FundSource) -> Self:
        """Show a row."""
        return cls.model_validate(source, from_attributes=True)


@router.get("")
async def list_fund_sources(db: Transaction) -> Page[FundSourceRead]:
    """The sources of funds in the order of the national strategy."""
    sources = await db.scalars(select(FundSource).order_by(col(FundSource.position)))
    return Page(items=[FundSourceRead.of(source) for source in sources])
