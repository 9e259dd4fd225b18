"""Fiscal years."""

import datetime as dt

from sqlmodel import Field

from services.budget.tables import Table


class FiscalYear(Table, table=True):
    """A year for which money is set aside, with the exchange rate used for information in USD."""

    __tablename__ = "fiscal_year"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    riel_per_usd: int
    rate_date: dt.date
    version: int = 1

    def set_rate(self, riel_per_usd: int, rate_date: dt.date) -> None:
        """Use the exchange rate of a day."""
        self.riel_per_usd, self.rate_date = riel_per_usd, rate_date
        self.version += 1
