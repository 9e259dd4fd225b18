"""Records out of a phone that had no signal: many at once, each read and told of on its own."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from services.registry.phone_records import Outcome, R, Recorded
from shared.errors import Invalid, Problem
from shared.field_errors import field_error
from shared.language import Language, preferred_language

M = TypeVar("M", bound=BaseModel)


class SyncOutcome(BaseModel):
    """What became of one record."""

    id: UUID | None = Field(description="null when its id could not be read")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    code: str | None = Field(default=None, description="Why it was not taken; withdrawn: it counts no more")
    pointer: str | None = Field(default=None, description="The field that was wrong, within the record")
    detail: str | None = None

    @classmethod
    def of(cls, item: Any, outcome: Outcome[R], language: Language) -> Self:
        """Of what a phone sent: kept, since now or since it was sent before; or refused, in the phone's language."""
        if isinstance(outcome, Recorded):
            withdrawn = outcome.record.withdrawn_at is not None
            status = "accepted" if outcome.is_new else "duplicate"
            return cls(id=outcome.record.id, status=status, code="withdrawn" if withdrawn else None)
        errors: Sequence[Any] = outcome.errors
        return cls(
            id=_id_of(item),
            status="conflict" if outcome.status == 409 else "rejected",
            code=outcome.code,
            pointer=errors[0].pointer if errors else None,
            detail=outcome.km if language == "km" else outcome.en,
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


def _read_item(model: type[M], item: Any) -> M | Problem:
    """What a phone sent, or what is wrong with it."""
    try:
        return model.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        found = field_error({**first, "loc": ("body", *first["loc"])})
        return Invalid("invalid_request", en=found.en, km=found.km, errors=[found])


async def sync_records(
    items: Sequence[Any],
    model: type[M],
    record: Callable[[list[M]], Awaitable[list[Outcome[R]]]],
    accept_language: str | None,
) -> SyncReceipt:
    """Record those items that can be read, and tell of all in the phone's language."""
    language = preferred_language(accept_language)
    read = [_read_item(model, item) for item in items]
    recorded = iter(await record([item for item in read if not isinstance(item, Problem)]))
    outcomes = [item if isinstance(item, Problem) else next(recorded) for item in read]
    return SyncReceipt.of([SyncOutcome.of(item, one, language) for item, one in zip(items, outcomes, strict=True)])


def _id_of(item: Any) -> UUID | None:
    try:
        return UUID(item["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
