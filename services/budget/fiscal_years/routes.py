"""Opening fiscal years and dating their exchange rate."""

from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.budget.fiscal_years.models import FiscalYear
from services.budget.fiscal_years.queries import get_fiscal_year
from services.budget.fiscal_years.schemas import FiscalYearIn, FiscalYearRead, RateIn
from services.budget.tables import now
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router
from shared.schemas import Year

router = Router(prefix="/fiscal-years", tags=["fiscal years"])

BudgetManager = Annotated[User, Depends(Requires(Permission.FISCAL_YEAR_WRITE))]


@router.get("")
async def list_fiscal_years(db: Transaction, page: Paging) -> Page[FiscalYearRead]:
    """The fiscal years that have been opened, with the exchange rate of each."""
    return await paginate(db, select(FiscalYear), page, keys=[col(FiscalYear.year)], read=FiscalYearRead.of)


@router.get("/{year}")
async def read_fiscal_year(year: Year, db: Transaction, response: Response) -> FiscalYearRead:
    """One fiscal year."""
    found = await get_fiscal_year(db, year)
    set_etag(response, found.version)
    return FiscalYearRead.of(found)


@router.post("", status_code=201, responses={200: {"description": "The year was opened before, with the same rate"}})
async def open_fiscal_year(
    body: FiscalYearIn, user: BudgetManager, db: Transaction, response: Response
) -> FiscalYearRead:
    """Open a fiscal year; the same request again changes nothing."""
    user.must_cover("")
    rate_date = body.rate_date or now().date()
    values = {"year": body.year, "riel_per_usd": body.riel_per_usd, "rate_date": rate_date, "version": 1}
    opened = await db.scalar(insert(FiscalYear).values(values).on_conflict_do_nothing().returning(col(FiscalYear.year)))
    found = await get_fiscal_year(db, body.year)
    if opened is None:
        if found.riel_per_usd != body.riel_per_usd or body.rate_date not in (None, found.rate_date):
            raise Conflict(
                "fiscal_year_exists",
                en=f"The fiscal year {body.year} was opened before with another rate; change it with PATCH.",
                km=f"ឆ្នាំសារពើពន្ធ {body.year} បានបើករួចហើយដោយអត្រាប្តូរប្រាក់ផ្សេង។ សូមកែប្រែវាដោយ PATCH។",
            )
        response.status_code = 200
    set_etag(response, found.version)
    return FiscalYearRead.of(found)


@router.patch("/{year}")
async def set_exchange_rate(
    year: Year, body: RateIn, user: BudgetManager, if_match: Matching, db: Transaction, response: Response
) -> FiscalYearRead:
    """Use another dated exchange rate for a year's figures in USD; amounts in riel do not change."""
    user.must_cover("")
    found = await get_fiscal_year(db, year, lock=True)
    if_match.must_match(found.version)
    found.set_rate(body.riel_per_usd, body.rate_date or now().date())
    set_etag(response, found.version)
    return FiscalYearRead.of(found)
