"""Comparing the next list with the registry, and going over to it, in one transaction."""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account, AccountGrant
from services.registry.areas.applying import LOCK as LOCK_AREAS
from services.registry.areas.applying import apply_operations, examine_operations
from services.registry.areas.models import Area, AreaChange, today_in_cambodia
from services.registry.areas.operations import ChangeHeader, Operation, Refusal
from services.registry.areas.refusals import too_late
from services.registry.audit.queries import record
from services.registry.gazetteer.items import Attached, Options
from services.registry.gazetteer.likeness import Standing
from services.registry.gazetteer.loader import keep_findings, lock_gazetteer
from services.registry.gazetteer.models import Finding, Gazetteer, GazetteerImport
from services.registry.gazetteer.operations import operations_of
from services.registry.gazetteer.plan import Plan, make_plan
from services.registry.gazetteer.reading import AreaList
from services.registry.gazetteer.rows import ListProblem
from services.registry.gazetteer.schemas import ImportItemRead, ListProblemRead
from services.registry.units.models import Unit
from shared.areas import LEVELS
from shared.errors import Conflict, FieldError, Invalid, Problem

KEPT_PROBLEMS = 200
REVIEWS_KEPT = 20
"""Older reviews are forgotten; what was applied stays for ever."""
NEW_IDS = text("SELECT uuidv7() FROM generate_series(1, :count) ORDER BY 1")
KEEP_ITEMS = text(
    """
    INSERT INTO gazetteer_import_item (import_id, position, action, level, follows, body)
    SELECT :import_id, position, body ->> 'action', body ->> 'level', (body ->> 'follows')::boolean, body
    FROM unnest(CAST(:bodies AS jsonb[])) WITH ORDINALITY AS item (body, position)
    """
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A list as it was sent, with what is said of it."""

    edition: str
    effective_on: date
    legal_reference: str
    source: str
    read: AreaList
    options: Options
    by: UUID | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A plan, the operations that carry it out, and the digest of all that led to it."""

    plan: Plan
    operations: Sequence[Operation]
    digest: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What was kept of an import, with its plan."""

    kept: GazetteerImport
    plan: Plan
    items: Sequence[ImportItemRead]


async def review_list(db: AsyncSession, sent: Sent) -> Imported:
    """Compare a list with the registry and keep the comparison, changing nothing else."""
    must_be_readable(sent.read)
    comparison = await _compare(db, sent)
    comparison.plan.problems += await _objections(db, sent, comparison)
    reviewed = col(GazetteerImport.state) == "reviewed"
    newest = select(col(GazetteerImport.id)).where(reviewed).order_by(col(GazetteerImport.id).desc())
    older = col(GazetteerImport.id).not_in(newest.limit(REVIEWS_KEPT - 1))
    await db.execute(delete(GazetteerImport).where(reviewed, older))
    return await _keep(db, sent, comparison, applied=False)


async def apply_list(db: AsyncSession, sent: Sent, digest: str) -> Imported:
    """Go over to a list that was reviewed. Raises Conflict when anything changed since, Invalid when it cannot be."""
    must_be_readable(sent.read)
    await lock_gazetteer(db)
    await db.execute(LOCK_AREAS)
    comparison = await _compare(db, sent)
    if not hmac.compare_digest(comparison.digest, digest):
        raise Conflict(
            "plan_changed",
            en="The registry, the list or what you say of it is not what was reviewed. Review it again (dry_run=true).",
            km="ប្រព័ន្ធ បញ្ជី ឬការបញ្ជាក់របស់អ្នកខុសពីអ្វីដែលបានពិនិត្យ។ សូមពិនិត្យម្ដងទៀត (dry_run=true)។",
        )
    _must_be_applicable(comparison.plan)
    await _keep_edition(db, sent, comparison.plan)
    record(
        db, "gazetteer", sent.edition, "imported",
        by=sent.by, source=sent.source, effective_on=str(sent.effective_on), legal_reference=sent.legal_reference,
        operations=len(comparison.operations),
    )  # fmt: skip
    imported = await _keep(db, sent, comparison, applied=True)
    if comparison.operations:
        try:
            applied = await apply_operations(db, comparison.operations, change=_header(sent))
        except Problem as problem:
            raise _refused(problem.errors) from problem
        imported.kept.change_id = applied.change_id
    return imported


def must_be_readable(read: AreaList) -> None:
    """Raise Invalid, naming each file, when not a line of the list can be read."""
    if not read.rows:
        raise Invalid(
            "list_unreadable",
            en="This cannot be read as a list of areas; errors says what is wrong with each file.",
            km="មិនអាចអានជាបញ្ជីតំបន់បានទេ។ សូមមើល errors អំពីបញ្ហានៃឯកសារនីមួយៗ។",
            errors=[_error(problem) for problem in read.problems[:KEPT_PROBLEMS]],
        )


def _must_be_applicable(plan: Plan) -> None:
    if plan.blocked:
        raise _refused([_error(problem) for problem in plan.problems if problem.blocks])


def _refused(errors: Sequence[FieldError]) -> Invalid:
    return Invalid(
        "import_refused",
        en="The list cannot be applied as it is; errors names each reason. Nothing was changed.",
        km="មិនអាចអនុវត្តបញ្ជីនេះបានទេ។ សូមមើលមូលហេតុក្នុង errors។ មិនមានអ្វីត្រូវបានកែប្រែទេ។",
        errors=errors[:KEPT_PROBLEMS],
    )


def _error(problem: ListProblem) -> FieldError:
    """A problem as problem+json names it: the file and line, or the area."""
    place = ":".join(part for part in (problem.file, str(problem.line or ""), problem.column) if part)
    return FieldError(place or problem.area_code, problem.code, problem.detail_en, problem.detail_km)


async def _compare(db: AsyncSession, sent: Sent) -> Comparison:
    standing = await _read_standing(db)
    attached = await _read_attached(db)
    applied = select(col(GazetteerImport.id)).where(col(GazetteerImport.state) == "applied")
    last = await db.scalar(applied.order_by(col(GazetteerImport.id).desc()).limit(1))
    plan = await asyncio.to_thread(make_plan, sent.read.rows, standing, attached, sent.options)
    early = [_told(too_late(sent.effective_on))] if sent.effective_on > today_in_cambodia() else []
    plan.problems = [*sent.read.problems, *early, *plan.problems]
    added = sum(item.action == "added" for item in plan.items)
    ids = list(await db.scalars(NEW_IDS, {"count": added}))
    operations = operations_of(plan, ids)
    return Comparison(plan, operations, await asyncio.to_thread(_digest, sent, standing, last))


async def _objections(db: AsyncSession, sent: Sent, comparison: Comparison) -> list[ListProblem]:
    """What the areas' own rules have against the operations, and what waits beside them."""
    examined: Sequence[Refusal] = []
    if not comparison.plan.blocked:
        examined = await examine_operations(db, comparison.operations, change=_header(sent))
    return [*map(_told, examined), *await _scheduled(db)]


def _told(refusal: Refusal) -> ListProblem:
    return ListProblem(refusal.code, refusal.en, refusal.km)


async def _scheduled(db: AsyncSession) -> list[ListProblem]:
    """A note of changes that wait for their day, as a list may bring them before or make them impossible."""
    days = select(col(AreaChange.effective_on)).where(col(AreaChange.state) == "scheduled")
    waiting = list(await db.scalars(days.order_by(col(AreaChange.effective_on))))
    if not waiting:
        return []
    return [
        ListProblem(
            "changes_scheduled",
            f"{len(waiting)} changes of areas wait for their day, the first on {waiting[0]}. See that the list does not"
            " bring them already.",
            f"មានការផ្លាស់ប្ដូរតំបន់ចំនួន {len(waiting)} កំពុងរង់ចាំថ្ងៃចូលជាធរមាន (ដំបូងគឺថ្ងៃទី {waiting[0]})។"
            " សូមពិនិត្យថាបញ្ជីនេះមិនទាន់មានការផ្លាស់ប្ដូរទាំងនោះ។",
            blocks=False,
        )
    ]


async def _read_standing(db: AsyncSession) -> list[Standing]:
    statement = select(
        col(Area.id), col(Area.code), col(Area.level), col(Area.parent_code), col(Area.name_km), col(Area.name_en)
    )
    open_areas = statement.where(col(Area.status) == "open").order_by(col(Area.code), col(Area.id))
    return [Standing(*row) for row in await db.execute(open_areas)]


async def _read_attached(db: AsyncSession) -> dict[str, Attached]:
    """The open units and the accounts' roles by area."""
    units = select(col(Unit.area_code), func.array_agg(col(Unit.code))).where(col(Unit.status) == "open")
    grants = (
        select(col(AccountGrant.area_code), func.count(col(AccountGrant.account_id).distinct()))
        .join(Account, col(Account.id) == col(AccountGrant.account_id))
        .where(col(Account.disabled_at).is_(None))
    )
    found = {code: Attached(tuple(sorted(codes))) for code, codes in await db.execute(units.group_by(Unit.area_code))}
    for code, count in await db.execute(grants.group_by(col(AccountGrant.area_code))):
        found[code] = Attached(found[code].units if code in found else (), count)
    return found


def _digest(sent: Sent, standing: Sequence[Standing], last: UUID | None) -> str:
    """Everything that was compared, in short: the same again means that the same will be done."""
    options = sent.options
    said = [sorted(pairs) for pairs in (options.said.same, options.said.apart, options.successors)]
    rows = [(row.level, row.code, row.parent_code, row.name_km, row.name_en, row.note) for row in sent.read.rows]
    areas = [(str(area.id), area.code, area.parent_code, area.name_km, area.name_en) for area in standing]
    header = (sent.edition, str(sent.effective_on), sent.legal_reference, str(last), said, options.accept_gone)
    return hashlib.sha256(json.dumps([header, rows, areas]).encode()).hexdigest()[:32]


def _header(sent: Sent) -> ChangeHeader:
    return ChangeHeader("import", sent.effective_on, sent.legal_reference, f"{sent.edition}: {sent.source}", sent.by)


async def _keep_edition(db: AsyncSession, sent: Sent, plan: Plan) -> None:
    """Write the edition down with what is odd in it; a corrected list takes the place of the one before."""
    await db.execute(delete(Finding).where(col(Finding.edition) == sent.edition))
    gazetteer = await db.get(Gazetteer, sent.edition)
    if gazetteer is None:
        gazetteer = Gazetteer(edition=sent.edition, source=sent.source)
        db.add(gazetteer)
    gazetteer.source, gazetteer.legal_reference = sent.source, sent.legal_reference
    gazetteer.effective_on = sent.effective_on
    gazetteer.loaded_at = (await db.scalars(select(func.now()))).one()
    await db.flush()
    await keep_findings(db, sent.edition, plan.oddities)


async def _keep(db: AsyncSession, sent: Sent, comparison: Comparison, *, applied: bool) -> Imported:
    plan = comparison.plan
    kept = GazetteerImport(
        by_account_id=sent.by,
        state="applied" if applied else "reviewed",
        edition=sent.edition,
        source=sent.source,
        effective_on=sent.effective_on,
        legal_reference=sent.legal_reference,
        digest=comparison.digest,
        counts=counts_of(plan),
        problems=[ListProblemRead.of(problem).model_dump() for problem in _first_blocking(plan.problems)],
        findings_count=len(plan.oddities),
        left_out=plan.left_out,
    )
    db.add(kept)
    await db.flush()
    items = [ImportItemRead.of(item) for item in plan.items]
    await db.execute(KEEP_ITEMS, {"import_id": kept.id, "bodies": [item.model_dump_json() for item in items]})
    await db.refresh(kept)
    return Imported(kept, plan, items)


def _first_blocking(problems: Sequence[ListProblem]) -> list[ListProblem]:
    return sorted(problems, key=lambda problem: not problem.blocks)[:KEPT_PROBLEMS]


def counts_of(plan: Plan) -> dict[str, dict[str, Any]]:
    """The totals by level."""
    actions = Counter((item.level, item.action) for item in plan.items)
    following = Counter(item.level for item in plan.items if item.follows)
    renamed = Counter(item.level for item in plan.items if item.renamed)
    return {
        level: {
            "listed": plan.listed[level],
            "unchanged": plan.unchanged[level],
            "respelled": plan.respelled[level],
            "gone": actions[level, "gone"],
            "added": actions[level, "added"],
            "moved": actions[level, "moved"],
            "renumbered": actions[level, "renumbered"],
            "following": following[level],
            "renamed": renamed[level],
        }
        for level in LEVELS
    }
