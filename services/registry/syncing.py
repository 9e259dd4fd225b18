"""Records out of a phone that had no signal: many at once, each read and told of on its own."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Invalid, Problem
from shared.field_errors import field_error
from shared.language import Language

M = TypeVar("M", bound=BaseModel)
TAKEN = "23505"
"""PostgreSQL's state of a value that is there already."""


class SyncOutcome(BaseModel):
    """What became of one record."""

    id: UUID | None = Field(description="null when its id could not be read")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    code: str | None = Field(default=None, description="Why it was not taken; withdrawn: it counts no more")
    pointer: str | None = Field(default=None, description="The field that was wrong, within the record")
    detail: str | None = None

    @classmethod
    def taken(cls, record_id: UUID, *, is_new: bool, withdrawn: bool) -> Self:
        """Of a record that is kept, since now or since it was sent before."""
        return cls(id=record_id, status="accepted" if is_new else "duplicate", code="withdrawn" if withdrawn else None)

    @classmethod
    def refused(cls, item: Any, problem: Problem, language: Language) -> Self:
        """Of a record that cannot be kept, in the phone's language."""
        errors: Sequence[Any] = problem.errors
        return cls(
            id=_id_of(item),
            status="conflict" if problem.status == 409 else "rejected",
            code=problem.code,
            pointer=errors[0].pointer if errors else None,
            detail=problem.km if language == "km" else problem.en,
        )


class SyncReceipt(BaseModel):
    """What became of all; items stand in the order in which they were sent."""

    accepted: int
    duplicate: int
    conflict: int
    rejected: int
    items: list[SyncOutcome]

    @classmethod
    def of(cls, items: list[SyncOutcome]) -> Self:
        """The outcomes with how many there are of each."""
        counts = Counter(item.status for item in items)
        return cls(
            accepted=counts["accepted"],
            duplicate=counts["duplicate"],
            conflict=counts["conflict"],
            rejected=counts["rejected"],
            items=items,
        )


def read_item(model: type[M], item: Any) -> M | Problem:
    """What a phone sent, or what is wrong with it."""
    try:
        return model.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        found = field_error({**first, "loc": ("body", *first["loc"])})
        return Invalid("invalid_request", en=found.en, km=found.km, errors=[found])


async def add_new(db: AsyncSession, records: Sequence[Any]) -> bool:
    """Add records under ids that phones made; False when one of these was used meanwhile: then judge all anew.

    Whoever writes the same id waits for the other, in the order of the ids, so that no two wait for each other.
    """
    if not records:
        return True
    try:
        async with db.begin_nested():
            db.add_all(sorted(records, key=_by_id))
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != TAKEN:
            raise
        return False
    return True


def _by_id(record: Any) -> UUID:
    record_id: UUID = record.id
    return record_id


def _id_of(item: Any) -> UUID | None:
    try:
        return UUID(item["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
