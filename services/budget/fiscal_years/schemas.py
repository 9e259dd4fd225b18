"""What goes in and out about fiscal years."""

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, Field

from services.budget.fiscal_years.models import FiscalYear
from shared.schemas import Input, Year

RielPerUsd = Annotated[int, Field(ge=1, le=1_000_000, strict=True, examples=[4000])]
RateDate = Annotated[dt.date | None, Field(description="The day of the rate; today when left out")]


class FiscalYearIn(Input):
    """A fiscal year to be opened."""

    year: Annotated[Year, Field(examples=[2027])]
    riel_per_usd: RielPerUsd
    rate_date: RateDate = None


class RateIn(Input):
    """A new exchange rate of a fiscal year."""

    riel_per_usd: RielPerUsd
    rate_date: RateDate = None


class FiscalYearRead(BaseModel):
    """A fiscal year with its dated exchange rate."""

    year: int
    riel_per_usd: int
    rate_date: dt.date
    version: int

    @classmethod
    def of(cls, year: FiscalYear) -> Self:
        """Show a row."""
        return cls(year=year.year, riel_per_usd=year.riel_per_usd, rate_date=year.rate_date, version=year.version)
