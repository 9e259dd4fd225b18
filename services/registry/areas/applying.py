"""Carrying out a change of areas, with all that follows from it, in one transaction."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.operations import Applied, ChangeHeader, Operation, Refusal


async def examine_operations(
    db: AsyncSession, operations: Sequence[Operation], *, change: ChangeHeader
) -> Sequence[Refusal]:
    """Everything that stands against a change, without making it: for dry runs."""
    raise NotImplementedError


async def apply_operations(db: AsyncSession, operations: Sequence[Operation], *, change: ChangeHeader) -> Applied:
    """Make a change that is effective today or earlier, with all that follows from it; raise Invalid or Conflict.

    Others who change areas wait until the commit; call it last in the transaction, as it writes the feed.
    """
    raise NotImplementedError
