"""Asking for a job, reading and ending it, and who may."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.areas.queries import get_open_area
from services.registry.audit.queries import record
from services.registry.jobs.models import OPEN, Job
from shared.auth.permissions import Permission
from shared.auth.user import User
from shared.digits import khmer_digits
from shared.errors import Conflict, NotFound
from shared.registry_copy import under

J = TypeVar("J", bound=Job)
MOST_OF_ACCOUNT = 5
"""Open jobs that one account may have asked for."""
MOST_OF_PROVINCE = 40
"""Open jobs of a province and what lies in it; the nation's own count as one more. So nobody fills another's line."""
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.jobs'))")
"""Who asks meanwhile is counted too."""


async def enter(db: AsyncSession, job: Job) -> None:
    """Put a new job into the line.

    Raises Invalid where its area does not stand, Conflict while too many of the account or of the province are open.
    """
    if job.area_code:
        await get_open_area(db, job.area_code, pointer="/area", hold=True)
    jobs = type(job)
    await db.execute(ONE_AT_A_TIME)
    of_account = func.count().filter(col(jobs.asked_by) == job.asked_by)
    of_province = func.count().filter(func.left(col(jobs.area_code), 2) == job.area_code[:2])
    counted = (await db.execute(select(of_account, of_province).where(col(jobs.status).in_(OPEN)))).one()
    if counted[0] >= MOST_OF_ACCOUNT:
        raise Conflict(
            "too_many_jobs",
            en=f"You have {counted[0]} jobs that have not ended. Ask again when one is done, or cancel one.",
            km=f"អ្នកមានកិច្ចការចំនួន {khmer_digits(str(counted[0]))} ដែលមិនទាន់បញ្ចប់។ "
            "សូមព្យាយាមម្ដងទៀតនៅពេលកិច្ចការមួយបានបញ្ចប់ ឬបោះបង់កិច្ចការមួយ។",
        )
    if counted[1] >= MOST_OF_PROVINCE:
        raise Conflict(
            "too_many_jobs",
            en=f"{counted[1]} jobs of this province have not ended. Ask again when some are done.",
            km=f"ខេត្តនេះមានកិច្ចការចំនួន {khmer_digits(str(counted[1]))} ដែលមិនទាន់បញ្ចប់។ "
            "សូមព្យាយាមម្ដងទៀតនៅពេលកិច្ចការខ្លះបានបញ្ចប់។",
        )
    db.add(job)
    await db.flush()


def jobs_of(jobs: type[J], area: str) -> Select[J]:
    """The jobs of an area and below."""
    return under(select(jobs), col(jobs.area_code), area)


async def get_job(db: AsyncSession, jobs: type[J], job_id: UUID, user: User, *, lock: bool = False) -> J:
    """A job of an area that the caller covers. Raises NotFound, Forbidden."""
    statement = select(jobs).where(col(jobs.id) == job_id)
    job: J | None = await db.scalar(statement.with_for_update() if lock else statement)
    if job is None:
        raise NotFound(
            f"{jobs.SUBJECT}_not_found",
            en="There is no job with this id.",
            km="រកមិនឃើញកិច្ចការដែលមានលេខសម្គាល់នេះទេ។",
        )
    user.must_cover(job.area_code)
    return job


async def cancel_job(db: AsyncSession, jobs: type[J], job_id: UUID, user: User) -> J:
    """End a job before it is through. Raises NotFound, Forbidden, and Conflict when it has ended."""
    job = await get_job(db, jobs, job_id, user, lock=True)
    job.finish("cancelled")
    record(db, jobs.SUBJECT, job.id, "cancelled", by=user.id)
    return job


async def may_go_on(db: AsyncSession, job: Job) -> bool:
    """Whether the account that asked for a job may still do so: it publishes in its name."""
    account: Account | None = await db.get(Account, job.asked_by, populate_existing=True)
    if account is None:
        return True
    grants = tuple(grant.as_grant() for grant in account.grants)
    user = User(account.id, account.display_name, grants).with_permission(Permission.PACK_PUBLISH)
    return not account.disabled and user.covers(job.area_code)
