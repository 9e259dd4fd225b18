"""What phones record under ids of their own: kept once however often it is sent, corrected, and withdrawn."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Text, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from shared.errors import Conflict, Problem

TAKEN = "23505"
"""PostgreSQL's state of a value that is there already."""


class PhoneRecord(SQLModel):
    """The columns of every kind of such records; its table adds what it says."""

    id: UUID = Field(primary_key=True)
    recorded_by: UUID
    recorded_at: datetime = Field(
        default=None, sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    sent_hash: bytes
    """Of what came first: a phone that sends it again after a correction means no other record."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    withdrawn_by: UUID | None = None
    withdrawal_reason: str | None = Field(default=None, sa_type=Text)
    version: int = 1

    @staticmethod
    def was_withdrawn() -> Conflict:
        """The refusal of a change to one that was withdrawn."""
        raise NotImplementedError

    def must_stand(self) -> None:
        """Raise Conflict when it was withdrawn."""
        if self.withdrawn_at is not None:
            raise self.was_withdrawn()

    def correct(self, values: Mapping[str, object]) -> None:
        """Replace what was recorded. Raises Conflict when it was withdrawn."""
        self.must_stand()
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1

    def withdraw(self, *, by: UUID, at: datetime, reason: str) -> None:
        """Let it count no more; it stays on record. Raises Conflict when it was withdrawn before."""
        self.must_stand()
        self.withdrawn_by, self.withdrawn_at, self.withdrawal_reason = by, at, reason
        self.version += 1

    def says(self, values: Mapping[str, object], sent_hash: bytes) -> bool:
        """Whether what is sent under its id is this record: as it came first, or as it was corrected since."""
        return self.sent_hash == sent_hash or all(getattr(self, name) == value for name, value in values.items())


S = TypeVar("S")
R = TypeVar("R", bound=PhoneRecord)


@dataclass(frozen=True, slots=True)
class Recorded(Generic[R]):
    """A record that is kept, and whether it is since now."""

    record: R
    is_new: bool


Outcome = Recorded[R] | Problem


def take_each(sent: Sequence[S], take: Callable[[S], Recorded[R]]) -> list[Outcome[R]]:
    """What becomes of each, in their order; what one is refused for harms no other."""
    outcomes: list[Outcome[R]] = []
    for one in sent:
        try:
            outcomes.append(take(one))
        except Problem as problem:
            outcomes.append(problem)
    return outcomes


async def keep_new(
    db: AsyncSession, judge: Callable[[], Awaitable[list[Outcome[R]]]]
) -> tuple[list[Outcome[R]], list[R]]:
    """Keep what is new of what was judged; outcomes and new records. Where an id was used meanwhile, judge all anew.

    Whoever writes the same id waits for the other, in the order of the ids, so that no two wait for each other.
    """
    while True:
        outcomes = await judge()
        new = sorted((one.record for one in outcomes if isinstance(one, Recorded) and one.is_new), key=_by_id)
        if not new:
            return outcomes, new
        try:
            async with db.begin_nested():
                db.add_all(new)
            return outcomes, new
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) != TAKEN:
                raise


def _by_id(record: Any) -> UUID:
    found: UUID = record.id
    return found
