"""What becomes of jobs after their end, and of those that come to none."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record_all
from services.registry.jobs.models import Job

KEPT_DAYS, LONGEST_DAYS = 30, 7
MOST_KEPT = 50
"""Ended jobs of an account: one that asks and cancels all day fills no disk."""
EXPIRE = """
    UPDATE {table} SET status = 'cancelled', finished_at = now()
    WHERE status IN ('queued', 'running') AND asked_at < now() - make_interval(days => :days)
    RETURNING id
"""
FORGET = """
    DELETE FROM {table} WHERE finished_at < now() - make_interval(days => :days) OR id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY asked_by ORDER BY finished_at DESC, id DESC) AS position
            FROM {table} WHERE finished_at IS NOT NULL) AS ended
        WHERE position > :most)
"""


async def forget_jobs(db: AsyncSession, jobs: type[Job]) -> None:
    """Cancel what has come to no end in a week; forget what ended a month ago, and all but an account's last fifty."""
    table = jobs.SUBJECT
    expired = (await db.scalars(text(EXPIRE.format(table=table)), {"days": LONGEST_DAYS})).all()
    if expired:
        await record_all(db, table, [(str(job), "cancelled", {"reason": "took_too_long"}) for job in expired], by=None)
    await db.execute(text(FORGET.format(table=table)), {"days": KEPT_DAYS, "most": MOST_KEPT})
