"""Taking many records at once: each is judged on its own, and what is good is stored: ballots as a batch, all others in
one transaction.

There records of a kind are stored in the order of their ids and the kinds in one order, after the scorecards that they
are about were shared in theirs: two phones that send the same records wait for each other, and never in a circle.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect

from services.scorecard.ballots.batches import readable_id, record_batch, unreadable
from services.scorecard.comments.schemas import CommentIn
from services.scorecard.comments.writes import Outcome, record_comments
from services.scorecard.meetings import recording as meetings
from services.scorecard.meetings.schemas import MOST_UNITS, MeetingIn
from services.scorecard.proposals import recording as proposals
from services.scorecard.proposals.schemas import ProposalIn
from services.scorecard.records.schemas import Kind, SyncItem
from services.scorecard.scorecards.following import Place, find_present_to_score
from services.scorecard.scorecards.queries import Shared, share_scorecards
from services.scorecard.tallies import recording as tallies
from services.scorecard.tallies.schemas import TallyIn
from shared.auth.user import User
from shared.database_errors import of_database_error
from shared.db import Database
from shared.errors import Invalid, Problem, ServiceUnavailable
from shared.language import Language

AT_ONCE = 4
"""So many loads are stored at the same moment by a process, which keeps it busy; a pool has 15 connections."""
PATIENCE_SECONDS = 20.0
"""How long a load waits for its turn; the gateway gives an answer up after 30."""
gates: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()
KINDS: tuple[str, ...] = get_args(Kind)
SINGLY: dict[str, tuple[type[BaseModel], Callable[..., Awaitable[tuple[Any, bool]]]]] = {
    "meeting": (MeetingIn, meetings.record),
    "proposal": (ProposalIn, proposals.record),
    "tally": (TallyIn, tallies.record),
}
"""Kinds that are stored one by one, of which a phone has few."""
COUNTED = ("ballot", "tally")
LATE = {
    "en": "It came after scoring of the unit had ended: it is kept and shown, but not counted.",
    "km": "កំណត់ត្រានេះមកដល់ក្រោយពេលបញ្ចប់ការដាក់ពិន្ទុ៖ ត្រូវបានរក្សាទុក និងបង្ហាញ ប៉ុន្តែមិនរាប់បញ្ចូលទេ។",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it came: its place in the request, its kind, and its fields without the kind."""

    position: int
    kind: Kind
    fields: dict[str, Any]

    @property
    def id(self) -> UUID | None:
        """Its id as far as it can be read."""
        return readable_id(self.fields)


async def take(
    database: Database, user: User, records: Sequence[Any], language: Language, is_gone: Callable[[], Awaitable[bool]]
) -> list[SyncItem]:
    """What became of each record, in their order; nothing is stored for a phone that `is_gone` when its turn comes."""
    items: dict[int, SyncItem] = {}
    sent: dict[str, list[Sent]] = {kind: [] for kind in KINDS}
    for position, record in enumerate(records):
        if not isinstance(record, dict) or record.get("kind") not in KINDS:
            items[position] = SyncItem(id=None, kind=None, **_refused(kind_unknown(), language))
        else:
            fields = {name: value for name, value in record.items() if name != "kind"}
            sent[record["kind"]].append(Sent(position, record["kind"], fields))
    async with turn(database, is_gone):
        items |= await take_ballots(database, user, sent.pop("ballot"), language)
        if any(sent.values()):
            try:
                items |= await take_others(database, user, sent, language)
            except DBAPIError as error:
                _own_fault(of_database_error(error), error)
                items |= await take_others(database, user, sent, language, apart=True)
    return [items[position] for position in range(len(records))]


@asynccontextmanager
async def turn(database: Database, is_gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Hundreds of phones may come back at once: they wait here, and not for connections, which others need too.

    Raises ServiceUnavailable before the gateway loses patience, ClientDisconnect when nobody waits for the answer.
    """
    gate = gates.get(database)
    if gate is None:
        gate = gates[database] = asyncio.Semaphore(AT_ONCE)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await gate.acquire()
    except TimeoutError:
        raise too_many() from None
    try:
        if await is_gone():
            raise ClientDisconnect
        yield
    finally:
        gate.release()


def too_many() -> ServiceUnavailable:
    """The refusal of a load whose turn does not come: nothing of it is stored."""
    return ServiceUnavailable(
        "busy",
        en="Very many phones are sending just now. Nothing was stored; send the same records again in a minute.",
        km="មានទូរសព្ទច្រើនណាស់កំពុងផ្ញើ។ មិនមានអ្វីត្រូវបានរក្សាទុកទេ សូមផ្ញើកំណត់ត្រាដដែលម្ដងទៀតក្នុងមួយនាទីក្រោយ។",
        retry_after=30,
    )


async def take_others(
    database: Database, user: User, sent: dict[str, list[Sent]], language: Language, *, apart: bool = False
) -> dict[int, SyncItem]:
    """Store all that are no ballots, in one transaction. What a record says decides before it writes, so a refusal
    leaves nothing behind; only where the database itself refused one, each is tried `apart`, behind a savepoint.
    """
    items: dict[int, SyncItem] = {}
    async with database.transaction() as db:
        shared = await share_cards(db, (one for several in sent.values() for one in several))
        for kind in SINGLY:
            for one in sorted(sent[kind], key=lambda one: str(one.id)):
                items[one.position] = await take_one(db, user, one, shared, language, apart=apart)
        return items | await take_comments(db, user, sent["comment"], shared, language)


async def share_cards(db: AsyncSession, sent: Iterable[Sent]) -> Shared:
    """The scorecards of all records, kept from ending, in one order, before any record is stored."""
    places = {place for one in sent for place in _places(one.fields)}
    present = await find_present_to_score(db, places) if places else {}
    cards = await share_scorecards(db, {(round_id, present.get((round_id, code), code)) for round_id, code in places})
    return cards | {old: cards[old[0], code] for old, code in present.items() if (old[0], code) in cards}


def _places(fields: dict[str, Any]) -> Iterator[Place]:
    several = fields.get("unit_codes")
    codes = several[:MOST_UNITS] if isinstance(several, list) else [fields.get("unit_code")]
    try:
        round_id = UUID(fields["round_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    for code in codes:
        if isinstance(code, str) and code.isascii() and code.isprintable():
            yield round_id, code


async def take_ballots(database: Database, user: User, sent: list[Sent], language: Language) -> dict[int, SyncItem]:
    """Store all ballots as a batch."""
    outcomes = await record_batch(database, user, [one.fields for one in sent]) if sent else []
    items: dict[int, SyncItem] = {}
    for one, outcome in zip(sent, outcomes, strict=True):
        said = {"id": None, "counted": outcome.problem is None} | outcome.item(one.id, language)
        if said.get("code") == "late":
            said["detail"] = LATE[language]
        counted = said["counted"] if outcome.problem is None else None
        items[one.position] = SyncItem.model_validate(said | {"kind": "ballot", "counted": counted})
    return items


async def take_one(
    db: AsyncSession, user: User, sent: Sent, shared: Shared, language: Language, *, apart: bool
) -> SyncItem:
    """Store one record. What is no fault of the record ends the whole: the phone sends all again."""
    model, record = SINGLY[sent.kind]
    try:
        body = model.model_validate(sent.fields)
        async with db.begin_nested() if apart else nullcontext():
            stored, is_new = await record(db, body, user, shared)
    except ValidationError as error:
        return SyncItem(id=sent.id, kind=sent.kind, **_refused(unreadable(error), language))
    except Problem as problem:
        return SyncItem(id=sent.id, kind=sent.kind, **_refused(_own_fault(problem), language))
    except DBAPIError as error:
        if not apart:
            raise
        return SyncItem(id=sent.id, kind=sent.kind, **_refused(_own_fault(of_database_error(error), error), language))
    item = _stored(sent, "accepted" if is_new else "duplicate", getattr(stored, "late", False), language)
    if getattr(stored, "withdrawn_at", None) is not None:
        item.counted, item.code, item.detail = False, "withdrawn", None
    return item


async def take_comments(
    db: AsyncSession, user: User, sent: list[Sent], shared: Shared, language: Language
) -> dict[int, SyncItem]:
    """Store all comments that can be read in one statement."""
    items: dict[int, SyncItem] = {}
    readable: list[tuple[Sent, CommentIn]] = []
    for one in sent:
        try:
            readable.append((one, CommentIn.model_validate(one.fields)))
        except ValidationError as error:
            items[one.position] = SyncItem(id=one.id, kind="comment", **_refused(unreadable(error), language))
    outcomes = await record_comments(db, user, [comment for _, comment in readable], shared) if readable else []
    for (one, _), outcome in zip(readable, outcomes, strict=True):
        items[one.position] = _commented(one, outcome, language)
    return items


def _commented(sent: Sent, outcome: Outcome, language: Language) -> SyncItem:
    if outcome.problem is not None:
        return SyncItem(id=sent.id, kind="comment", **_refused(outcome.problem, language))
    return _stored(sent, outcome.status, outcome.late, language)


def _stored(sent: Sent, status: Any, late: bool, language: Language) -> SyncItem:
    counted = not late if sent.kind in COUNTED else None
    said = {"code": "late", "detail": LATE[language]} if late else {}
    return SyncItem(id=sent.id, kind=sent.kind, status=status, counted=counted, **said)


def _refused(problem: Problem, language: Language) -> dict[str, Any]:
    return {
        "status": "conflict" if problem.code == "conflict" else "rejected",
        "code": problem.code,
        "pointer": problem.errors[0].pointer if problem.errors else None,
        "detail": problem.km if language == "km" else problem.en,
    }


def _own_fault(problem: Problem, error: Exception | None = None) -> Problem:
    """The problem, where it is the record's. Raises it, or the error behind it, where trying again will do."""
    if problem.status >= 500:
        raise error or problem
    return problem


def kind_unknown() -> Invalid:
    """The refusal of a record that does not say what it is."""
    return Invalid.field(
        "/kind",
        "kind_unknown",
        en=f"A record is an object with a kind: {', '.join(KINDS)}.",
        km=f"កំណត់ត្រានីមួយៗត្រូវមាន kind ជា៖ {', '.join(KINDS)}។",
    )
